import type { TransportDefinition } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import { LogTransport } from './log.transport.js';

/** What {@link log} takes. @publicApi */
export interface LogTransportOptions {
  /** @default 'default' */
  readonly name?: string | undefined;
}

/**
 * A transport that sends nothing and writes one line per mail: its id, its size, how many recipients at which
 * domains.
 *
 * @publicApi
 */
export function log(options: LogTransportOptions = {}): TransportDefinition {
  refuseUnknownOptions('log', options, ['name']);
  return {
    name: options.name ?? 'default',
    kind: 'log',
    live: false,
    open: ({ notice }) => new LogTransport(notice),
  };
}
