import { MailRelayError } from '../../core/mail-relay-error.js';
import type { TransportDefinition, TransportLimits } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import { MemoryTransport } from './memory.transport.js';

/** What {@link memory} takes. @publicApi */
export interface MemoryTransportOptions {
  /** @default 'default' */
  readonly name?: string | undefined;
  /** How many messages are kept. @default 1000 */
  readonly maxMessages?: number | undefined;
  /** How much the relay gives to it. */
  readonly limits?: TransportLimits | undefined;
}

/**
 * A transport that keeps messages in memory, for tests: what was sent is in {@link MemoryTransport.messages}.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @publicApi
 */
export function memory(options: MemoryTransportOptions = {}): TransportDefinition {
  refuseUnknownOptions('memory', options, ['name', 'maxMessages', 'limits']);
  const maxMessages = options.maxMessages ?? 1000;
  if (!Number.isInteger(maxMessages) || maxMessages < 1) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      'The memory transport was told to keep a number of messages that is not a whole number of 1 or more; correct maxMessages.',
      { field: 'maxMessages' },
    );
  }
  return {
    name: options.name ?? 'default',
    kind: 'memory',
    live: false,
    limits: options.limits,
    open: ({ clock }) => new MemoryTransport(maxMessages, clock),
  };
}
