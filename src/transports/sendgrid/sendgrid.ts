import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { SendGridApi } from './sendgrid-api.js';

/** What {@link sendgrid} takes. @publicApi */
export interface SendGridTransportOptions extends ApiTransportOptions {
  /** A key with the right *Mail Send*. */
  readonly apiKey: string;
  /** `eu` for a regional subuser. @default 'global' */
  readonly region?: 'global' | 'eu' | undefined;
}

const HOSTS = { global: 'https://api.sendgrid.com', eu: 'https://api.eu.sendgrid.com' } as const;

/**
 * SendGrid's API as a transport. It composes the message anew and signs it by itself; needs the package `mailparser`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function sendgrid(options: SendGridTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('sendgrid', options, ['apiKey', 'region'], (problem) => {
    checkKey('apiKey', options.apiKey, problem);
    const region = options.region ?? 'global';
    if (!Object.hasOwn(HOSTS, region)) problem('region', "is neither 'global' nor 'eu'");
    return HOSTS[region] ?? HOSTS.global;
  });
  const { apiKey } = options;
  return apiTransport(settings, 'sendgrid', () => new SendGridApi({ ...settings, apiKey }), 'mailparser');
}
