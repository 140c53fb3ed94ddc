import type { TransportDefinition } from '../transport-definition.js';
import { checkKey, resolveApiOptions, type ApiTransportOptions } from '../http/api-options.js';
import { apiTransport } from '../http/api-transport.js';
import { PostmarkApi } from './postmark-api.js';

/** What {@link postmark} takes. @publicApi */
export interface PostmarkTransportOptions extends ApiTransportOptions {
  readonly serverToken: string;
  /** The id of the message stream. @default the server's transactional stream */
  readonly messageStream?: string | undefined;
}

/**
 * Postmark's API as a transport. It composes the message anew and signs it by itself; needs the package `mailparser`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once
 * @publicApi
 */
export function postmark(options: PostmarkTransportOptions): TransportDefinition {
  const settings = resolveApiOptions('postmark', options, ['serverToken', 'messageStream'], (problem) => {
    checkKey('serverToken', options.serverToken, problem);
    if (options.messageStream !== undefined && !/^[\w-]{1,64}$/.test(options.messageStream)) {
      problem('messageStream', 'is not the id of a stream, which has letters, digits, _ and -');
    }
    return 'https://api.postmarkapp.com';
  });
  const { serverToken, messageStream } = options;
  const api = () => new PostmarkApi({ ...settings, serverToken, messageStream });
  return apiTransport(settings, 'postmark', api, 'mailparser');
}
