import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What the errors of Amazon SES mean, by the name of the exception.
 *
 * Source: Amazon SES API v2, *SendEmail, errors* and *Common errors*.
 *
 * @internal
 */
export const SES_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['MessageRejected', MEANING.content],
  ['identity', MEANING.identity],
  ['MailFromDomainNotVerifiedException', MEANING.identity],
  ['AccountSuspendedException', MEANING.account],
  ['SendingPausedException', MEANING.account],
  ['NotFoundException', MEANING.account],
  ['TooManyRequestsException', MEANING.rate],
  ['LimitExceededException', MEANING.rate],
  ['ThrottlingException', MEANING.rate],
  ['Throttling', MEANING.rate],
  ['RequestLimitExceeded', MEANING.rate],
  ['BadRequestException', MEANING.message],
  ['recipient', MEANING.recipient],
  ['AccessDeniedException', MEANING.credentials],
  ['ExpiredTokenException', MEANING.credentials],
  ['IncompleteSignature', MEANING.credentials],
  ['InvalidClientTokenId', MEANING.credentials],
  ['InvalidSignatureException', MEANING.credentials],
  ['MissingAuthenticationToken', MEANING.credentials],
  ['NotAuthorized', MEANING.credentials],
  ['OptInRequired', MEANING.account],
  ['SignatureDoesNotMatch', MEANING.credentials],
  ['UnrecognizedClientException', MEANING.credentials],
  ['InternalFailure', MEANING.trouble],
  ['InternalServiceErrorException', MEANING.trouble],
  ['ServiceUnavailable', MEANING.trouble],
]);

/** @internal */
export function sesError(name: string, text: string): ToldError {
  if (name === 'MessageRejected' && /not verified|identities failed the check/i.test(text)) {
    return { code: 'identity', text };
  }
  if (name === 'BadRequestException' && /illegal address|missing final '@|domain contains/i.test(text)) {
    return { code: 'recipient', text };
  }
  return { code: name, text };
}
