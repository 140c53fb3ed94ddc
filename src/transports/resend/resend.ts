import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { ResendApi } from './resend-api.js';

/** What {@link resend} takes. @publicApi */
export interface ResendTransportOptions extends ApiTransportOptions {
  /** A key with *Sending access*. */
  readonly apiKey: string;
}

/**
 * Resend's API as a transport. It composes the message anew and signs it by itself; needs the package `mailparser`. A
 * mail is taken once, however often it has to be tried within 24 hours.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function resend(options: ResendTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('resend', options, ['apiKey'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    return 'https://api.resend.com';
  });
  const { apiKey } = options;
  return apiTransport(settings, 'resend', () => new ResendApi({ ...settings, apiKey }), 'mailparser');
}
