import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { SparkPostApi } from './sparkpost-api.js';

/** What {@link sparkpost} takes. @publicApi */
export interface SparkPostTransportOptions extends ApiTransportOptions {
  /** A key with the right *Transmissions: Read/Write*. */
  readonly apiKey: string;
  /** Where the account lives. @default 'us' */
  readonly region?: 'us' | 'eu' | undefined;
}

const HOSTS = { us: 'https://api.sparkpost.com', eu: 'https://api.eu.sparkpost.com' } as const;

/**
 * SparkPost's API as a transport. It takes the message as it is; opens and clicks are not tracked.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function sparkpost(options: SparkPostTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('sparkpost', options, ['apiKey', 'region'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    const region = options.region ?? 'us';
    if (!Object.hasOwn(HOSTS, region)) problem('region', "is neither 'us' nor 'eu'");
    return HOSTS[region] ?? HOSTS.us;
  });
  const { apiKey } = options;
  return apiTransport(settings, 'sparkpost', () => new SparkPostApi({ ...settings, apiKey }));
}
