import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { MandrillApi } from './mandrill-api.js';

/** What {@link mandrill} takes. @publicApi */
export interface MandrillTransportOptions extends ApiTransportOptions {
  readonly apiKey: string;
}

/**
 * The API of Mailchimp Transactional, once Mandrill, as a transport. It takes the message as it is, and answers for
 * each recipient.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function mandrill(options: MandrillTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('mandrill', options, ['apiKey'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    return 'https://mandrillapp.com';
  });
  const { apiKey } = options;
  return apiTransport(settings, 'mandrill', () => new MandrillApi({ ...settings, apiKey }));
}
