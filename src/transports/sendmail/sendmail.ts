import { isAbsolute } from 'node:path';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { TransportDefinition } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import { SendmailTransport } from './sendmail.transport.js';

/** What {@link sendmail} takes. @publicApi */
export interface SendmailTransportOptions {
  /** @default 'default' */
  readonly name?: string | undefined;
  /** The program, as an absolute path. @default '/usr/sbin/sendmail' */
  readonly path?: string | undefined;
  /** The line ends that it wants. @default 'unix' */
  readonly newline?: 'unix' | 'windows' | undefined;
  /** For one run, milliseconds. @default 60 seconds */
  readonly timeoutMs?: number | undefined;
}

/**
 * The program called sendmail of this machine (Postfix, Exim, msmtp …) as a transport. It is run without a shell, and
 * no address can become an option.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @publicApi
 */
export function sendmail(options: SendmailTransportOptions = {}): TransportDefinition {
  refuseUnknownOptions('sendmail', options, ['name', 'path', 'newline', 'timeoutMs']);
  const { name = 'default', path = '/usr/sbin/sendmail', newline = 'unix', timeoutMs = 60_000 } = options;
  if (typeof path !== 'string' || !isAbsolute(path) || path.includes('\0')) {
    refuse('path', 'is not an absolute path; write it like /usr/sbin/sendmail');
  }
  if (newline !== 'unix' && newline !== 'windows') refuse('newline', "is neither 'unix' nor 'windows'");
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2 ** 31 - 1) {
    refuse('timeoutMs', 'must be a whole number of milliseconds, 1 to 2147483647');
  }
  return {
    name,
    kind: 'sendmail',
    live: true,
    open: ({ clock }) => new SendmailTransport({ path, newline, timeoutMs }, clock),
  };
}

function refuse(field: string, says: string): never {
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The sendmail transport cannot be used: ${field} ${says}.`,
    {
      field,
    },
  );
}
