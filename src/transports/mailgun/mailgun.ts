import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { MailgunApi } from './mailgun-api.js';

/** What {@link mailgun} takes. @publicApi */
export interface MailgunTransportOptions extends ApiTransportOptions {
  /** A sending key of the domain, or an account key. */
  readonly apiKey: string;
  /** The sending domain, for example `mg.example.com`. */
  readonly domain: string;
  /** Where the domain lives. @default 'us' */
  readonly region?: 'us' | 'eu' | undefined;
}

const HOSTS = { us: 'https://api.mailgun.net', eu: 'https://api.eu.mailgun.net' } as const;
const DOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/i;

/**
 * Mailgun's API as a transport. It takes the message as it is.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function mailgun(options: MailgunTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('mailgun', options, ['apiKey', 'domain', 'region'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    if (typeof options.domain !== 'string' || !DOMAIN.test(options.domain)) {
      problem('domain', 'is not a domain; write the one that Mailgun sends for, like mg.example.com');
    }
    const region = options.region ?? 'us';
    if (!Object.hasOwn(HOSTS, region)) problem('region', "is neither 'us' nor 'eu'");
    return HOSTS[region] ?? HOSTS.us;
  });
  const { apiKey, domain } = options;
  return apiTransport(settings, 'mailgun', () => new MailgunApi({ ...settings, apiKey, domain }));
}
