import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What Postmark's error codes mean.
 *
 * Source: Postmark, *API overview, error codes*, and the support page on error 300.
 *
 * @internal
 */
export const POSTMARK_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['10', MEANING.credentials],
  ['100', MEANING.trouble],
  ['300', MEANING.message],
  ['300:recipient', MEANING.recipient],
  ['400', MEANING.identity],
  ['401', MEANING.identity],
  ['402', MEANING.protocol],
  ['403', MEANING.protocol],
  ['405', MEANING.account],
  ['406', MEANING.suppressed],
  ['409', MEANING.protocol],
  ['410', MEANING.protocol],
  ['411', MEANING.message],
  ['412', MEANING.account],
  ['413', MEANING.account],
  ['429', MEANING.rate],
]);

/** Error 300 is for every field; only its sentence says which. */
const OF_RECIPIENT = /^(?:Invalid|Error parsing) '(?:To|Cc|Bcc)'/i;

/** @internal */
export function postmarkError(errorCode: number, text: string): ToldError {
  const code = errorCode === 300 && OF_RECIPIENT.test(text) ? '300:recipient' : String(errorCode);
  return { code, text };
}

const INACTIVE = /inactive addresses:\s{0,8}([^\n]{1,4000}?)\.(?:\s|$)/i;

/**
 * The addresses that Postmark will not mail, in lower case: it tells them in a sentence, also in one that says the
 * message was taken.
 *
 * @internal
 */
export function inactiveAddresses(message: string): ReadonlySet<string> {
  const list = INACTIVE.exec(`${message}\n`)?.[1] ?? '';
  return new Set(
    list
      .split(',')
      .map((address) => address.trim().toLowerCase())
      .filter((address) => address !== ''),
  );
}
