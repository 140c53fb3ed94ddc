import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { SesApi } from './ses-api.js';
import type { SesCredentials } from './ses-credentials.js';

/** What {@link ses} takes. @publicApi */
export interface SesTransportOptions extends ApiTransportOptions {
  /** For example `eu-central-1`. */
  readonly region: string;
  /** @default what the AWS SDK finds: environment, profile, role of the machine */
  readonly credentials?: SesCredentials | undefined;
  /** The configuration set whose event destinations hear of the mail. */
  readonly configurationSet?: string | undefined;
}

/**
 * Amazon SES as a transport, over its API v2. It takes the message as it is; needs the package
 * `@aws-sdk/client-sesv2`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function ses(options: SesTransportOptions): TransportDefinition {
  const { region, credentials, configurationSet, baseUrl } = options;
  const settings = resolveApiOptions(
    'ses',
    options,
    ['region', 'credentials', 'configurationSet'],
    (problem) => {
      if (typeof region !== 'string' || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
        problem('region', 'is not a region of AWS; write it like eu-central-1');
      }
      if (credentials !== undefined) {
        checkKey('credentials.accessKeyId', credentials.accessKeyId, problem);
        checkKey('credentials.secretAccessKey', credentials.secretAccessKey, problem);
      }
      if (configurationSet !== undefined && !/^[\w-]{1,64}$/.test(configurationSet)) {
        problem('configurationSet', 'is not a name of letters, digits, _ and -');
      }
      return 'https://email.amazonaws.com';
    },
  );
  const endpoint = baseUrl === undefined ? undefined : settings.baseUrl;
  const api = () => new SesApi({ region, credentials, configurationSet, endpoint });
  return apiTransport(settings, 'ses', api, '@aws-sdk/client-sesv2');
}
