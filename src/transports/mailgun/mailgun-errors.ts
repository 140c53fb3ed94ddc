import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What Mailgun's errors mean. It knows no codes, only a status and a sentence.
 *
 * Source: Mailgun, *Messages* (responses) and *API reference, errors*.
 *
 * @internal
 */
export const MAILGUN_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['to', MEANING.recipient],
  ['parameter', MEANING.message],
  ['domain', MEANING.account],
  ['402', MEANING.account],
  ['403', MEANING.account],
]);

/** The sentences, in the order in which they are looked for. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^'?to'? parameter is not a valid address/i, 'to'],
  [/not allowed to send|sandbox subdomain|domain .{0,300} (?:disabled|unverified)/i, 'domain'],
  [/\bparameter\b|\bmime\b/i, 'parameter'],
];

/** @internal */
export function mailgunError(status: number, message: string): ToldError {
  const found = SENTENCES.find(([pattern]) => pattern.test(message))?.[1];
  return { code: found ?? String(status), text: message };
}
