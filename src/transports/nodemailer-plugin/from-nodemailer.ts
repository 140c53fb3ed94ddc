import { MailRelayError } from '../../core/mail-relay-error.js';
import type { TransportDefinition } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import type { NodemailerPlugin } from './nodemailer-plugin.js';
import { NodemailerTransport } from './nodemailer.transport.js';

/** What {@link fromNodemailer} takes. @publicApi */
export interface FromNodemailerOptions {
  /** @default 'default' */
  readonly name?: string | undefined;
  readonly transport: NodemailerPlugin;
}

/**
 * Any transport plugin of nodemailer as a transport, for providers that have none here. It has to send the raw message
 * and the envelope; one that reads `mail.data.subject` and the like cannot be used.
 *
 * @example
 * ```ts
 * fromNodemailer({ name: 'acs', transport: new AzureTransport({ … }) })
 * ```
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @publicApi
 */
export function fromNodemailer(options: FromNodemailerOptions): TransportDefinition {
  refuseUnknownOptions('fromNodemailer', options, ['name', 'transport']);
  const { name = 'default', transport } = options;
  if (typeof transport !== 'object' || transport === null || typeof transport.send !== 'function') {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      'fromNodemailer() was given no transport plugin of nodemailer, which has a method send(mail, callback).',
      { field: 'transport' },
    );
  }
  return { name, kind: 'nodemailer', live: true, open: () => new NodemailerTransport(transport) };
}
