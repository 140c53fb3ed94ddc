import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';

/**
 * What the errors of Mailchimp Transactional mean, by name. They come with status 500, whatever they say.
 *
 * Source: Mailchimp Transactional API, *messages/send-raw*, error responses, and *API errors*.
 *
 * @internal
 */
export const MANDRILL_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['Invalid_Key', MEANING.credentials],
  ['PaymentRequired', MEANING.account],
  ['PoorReputation', MEANING.account],
  ['Unknown_Subaccount', MEANING.account],
  ['ValidationError', MEANING.message],
  ['ServiceUnavailable', MEANING.trouble],
  ['GeneralError', MEANING.trouble],
]);

/**
 * Why a recipient was rejected although the request was taken.
 *
 * Source: the same, field `reject_reason`.
 *
 * @internal
 */
export const MANDRILL_REASONS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['hard-bounce', MEANING.suppressed],
  ['soft-bounce', MEANING.suppressed],
  ['spam', MEANING.suppressed],
  ['unsub', MEANING.suppressed],
  ['custom', MEANING.suppressed],
  ['invalid', MEANING.recipient],
  ['invalid-sender', MEANING.identity],
  ['unsigned', MEANING.identity],
  ['test-mode-limit', MEANING.rate],
  ['rule', MEANING.content],
]);
