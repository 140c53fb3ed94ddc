import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What Brevo's error codes mean.
 *
 * Source: Brevo, *API error codes*, *Send a transactional email*, *Idempotency for batch emails*.
 *
 * @internal
 */
export const BREVO_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['unauthorized', MEANING.credentials],
  ['api-key_not_found', MEANING.credentials],
  ['permission_denied', MEANING.account],
  ['account_under_validation', MEANING.account],
  ['reseller_permission_denied', MEANING.account],
  ['not_enough_credits', MEANING.rate],
  ['too_many_requests', MEANING.rate],
  ['missing_parameter', MEANING.message],
  ['invalid_parameter', MEANING.message],
  ['out_of_range', MEANING.message],
  ['sender', MEANING.identity],
  ['recipient', MEANING.recipient],
  ['method_not_allowed', MEANING.protocol],
  ['not_acceptable', MEANING.protocol],
]);

/**
 * The key was used before, within its 30 minutes: by a request whose end is not known.
 *
 * @internal
 */
export const BREVO_REPEATED = 'duplicate_parameter';

/** @internal */
export function brevoError(code: string, text: string): ToldError {
  if (code !== 'invalid_parameter') return { code, text };
  if (/validate your sender|sender .{0,200} not valid/i.test(text)) return { code: 'sender', text };
  if (/^email is not valid in (?:to|cc|bcc)/i.test(text)) return { code: 'recipient', text };
  return { code, text };
}
