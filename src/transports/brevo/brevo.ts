import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { BrevoApi } from './brevo-api.js';

/** What {@link brevo} takes. @publicApi */
export interface BrevoTransportOptions extends ApiTransportOptions {
  /** An API key, which is not an SMTP key. */
  readonly apiKey: string;
  /** Show the text as html where a message has no html, without which Brevo takes none. @default false: it fails */
  readonly htmlFromText?: boolean | undefined;
}

/**
 * Brevo's API as a transport. It composes the message anew and signs it by itself; needs the package `mailparser`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function brevo(options: BrevoTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('brevo', options, ['apiKey', 'htmlFromText'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    return 'https://api.brevo.com';
  });
  const { apiKey, htmlFromText = false } = options;
  return apiTransport(
    settings,
    'brevo',
    () => new BrevoApi({ ...settings, apiKey, htmlFromText }),
    'mailparser',
  );
}
