import { providerOfHost } from '../../core/failure/provider.js';
import { bounceHint } from '../provider-labels/bounce-hints.js';
import { LabelledTransport } from '../provider-labels/labelled.transport.js';
import type { TransportDefinition } from '../transport-definition.js';
import { resolveSmtpOptions, type SmtpTransportOptions } from './smtp-options.js';
import { SmtpTransport } from './smtp.transport.js';

/**
 * An SMTP relay as a transport: `smtp({ url: 'smtp://user:pass@mail.example.com' })`.
 *
 * Connections are opened when the first mail goes and kept for the next ones. Credentials are sent only over TLS.
 *
 * @example
 * ```ts
 * transports: [
 *   smtp({ name: 'primary', url: process.env.MAIL_URL }),
 *   smtp({ name: 'backup', host: 'mail.backup.example', auth: { user: 'app', pass: process.env.BACKUP_PASS ?? '' } }),
 * ]
 * ```
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function smtp(options: SmtpTransportOptions = {}): TransportDefinition {
  const settings = resolveSmtpOptions(options);
  return {
    name: settings.name,
    kind: 'smtp',
    live: true,
    limits: options.limits,
    connections: settings.maxConnections,
    open: ({ clock, notice }) => {
      const provider = settings.provider?.provider ?? providerOfHost(settings.host);
      if (provider !== undefined) notice(bounceHint(settings.name, provider));
      const transport = new SmtpTransport(settings, clock);
      return settings.provider === undefined
        ? transport
        : new LabelledTransport(transport, settings.provider);
    },
  };
}
