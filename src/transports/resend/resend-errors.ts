import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What Resend's errors mean, by name; `validation_error` also by status, because it is for everything.
 *
 * Source: Resend, *Errors*, *Idempotency keys*, *Usage limits*.
 *
 * @internal
 */
export const RESEND_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['missing_api_key', MEANING.credentials],
  ['invalid_api_key', MEANING.credentials],
  ['restricted_api_key', MEANING.credentials],
  ['suspended_api_key', MEANING.account],
  ['validation_error:401', MEANING.credentials],
  ['validation_error:403', MEANING.identity],
  ['validation_error:400', MEANING.message],
  ['validation_error:422', MEANING.message],
  ['recipient', MEANING.recipient],
  ['invalid_from_address', MEANING.message],
  ['invalid_attachment', MEANING.message],
  ['invalid_parameter', MEANING.message],
  ['missing_required_field', MEANING.message],
  ['invalid_idempotency_key', MEANING.protocol],
  ['invalid_access', MEANING.account],
  ['invalid_region', MEANING.account],
  ['not_found', MEANING.protocol],
  ['method_not_allowed', MEANING.protocol],
  ['rate_limit_exceeded', MEANING.rate],
  ['daily_quota_exceeded', MEANING.rate],
  ['monthly_quota_exceeded', MEANING.rate],
  ['security_error', MEANING.content],
  ['application_error', MEANING.trouble],
  ['internal_server_error', MEANING.trouble],
]);

/**
 * A request before this one, with the same key, is under way or was taken with another content: whether the mail is
 * with Resend is not known.
 *
 * @internal
 */
export const RESEND_UNCLEAR: ReadonlySet<string> = new Set([
  'concurrent_idempotent_requests',
  'invalid_idempotent_request',
]);

/** @internal */
export function resendError(status: number, name: string, text: string): ToldError {
  if (name !== 'validation_error') return { code: name, text };
  if (/API key is invalid/i.test(text)) return { code: 'invalid_api_key', text };
  if (/^Invalid `(?:to|cc|bcc)` field/i.test(text)) return { code: 'recipient', text };
  return { code: `${name}:${status}`, text };
}
