import { resolve } from 'node:path';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { TransportDefinition } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import { CaptureTransport } from './capture.transport.js';

/** What {@link capture} takes. @publicApi */
export interface CaptureTransportOptions {
  /** @default 'default' */
  readonly name?: string | undefined;
  /** The folder to write to; made when the first mail comes. Relative to where the process was started. */
  readonly dir: string;
}

/**
 * A transport for development: writes each mail as `<mail id>.eml` and `<mail id>.html`, and logs a link to the
 * latter. Nothing leaves the machine.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @publicApi
 */
export function capture(options: CaptureTransportOptions): TransportDefinition {
  refuseUnknownOptions('capture', options, ['name', 'dir']);
  const { dir } = options;
  if (typeof dir !== 'string' || dir.trim() === '' || dir.includes('\0')) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      'The capture transport was given no folder to write to; name one, like capture:.mail.',
      { field: 'dir' },
    );
  }
  const folder = resolve(dir);
  return {
    name: options.name ?? 'default',
    kind: 'capture',
    live: false,
    open: ({ notice }) => new CaptureTransport(folder, notice),
  };
}
