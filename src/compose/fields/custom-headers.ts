import { kindOf } from '../../core/kind-of.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';
import { findUnsafeCharacter } from '../../core/address/unsafe-text.js';
import { LONG_BLANK } from '../writing/header-text.js';
import { reservedHeaderReason } from './reserved-headers.js';

const MAX_HEADERS = 100;
const MAX_LINE_OCTETS = 998;

/** RFC 5322 §3.6.8; the length leaves the name on one line with the colon. */
const NAME = /^[!-9;-~]{1,76}$/;

/** A name that can be shown in an error without showing an address. */
const PRESENTABLE_NAME = /^[\w-]{1,76}$/;

const NOT_ASCII = /[^ -~]/;

/** Headers that a message holds once, among those a caller may set. */
const SINGLE: ReadonlySet<string> = new Set([
  'auto-submitted',
  'autocrypt',
  'disposition-notification-to',
  'feedback-id',
  'importance',
  'list-archive',
  'list-help',
  'list-owner',
  'list-post',
  'list-subscribe',
  'organization',
  'precedence',
  'priority',
  'x-msmail-priority',
  'x-priority',
]);

/**
 * Checks the caller's own headers: own keys only, whatever their names are.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @see RFC 5322 §2.2, §3.6
 * @internal
 */
export function checkCustomHeaders(headers: unknown, hasImportance: boolean): void {
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    refuseDraft(
      'headers',
      'be a plain object of names and values',
      'it is something else, such as a list or a map: write { name: value }',
    );
  }
  const seen = new Set<string>();
  let count = 0;
  for (const [i, [name, value]] of Object.entries(ownFields(headers)).entries()) {
    if (value === undefined) continue;
    const field = PRESENTABLE_NAME.test(name) ? `headers.${name}` : `headers[${i}]`;
    const key = checkName(name, field, hasImportance);
    if (seen.has(key)) {
      refuseDraft(
        field,
        'be given once',
        'another key differs from it in case only: give one key an array of values',
      );
    }
    seen.add(key);
    count += checkValues(value, name, field);
  }
  if (count > MAX_HEADERS) {
    refuseDraft('headers', `hold at most ${MAX_HEADERS} headers`, `there are ${count}: leave some out`);
  }
}

function checkName(name: string, field: string, hasImportance: boolean): string {
  if (!NAME.test(name)) {
    refuseDraft(
      field,
      'have a name of 1 to 76 printable ASCII characters without colon',
      'it has another one: correct the name',
    );
  }
  const key = name.toLowerCase();
  const reason = reservedHeaderReason(key, hasImportance);
  if (reason !== undefined) refuseDraft(field, 'not be set by headers', reason);
  return key;
}

/** Gives how many values there are. */
function checkValues(value: unknown, name: string, field: string): number {
  if (!Array.isArray(value)) {
    checkValue(value, name, field);
    return 1;
  }
  if (value.length > 1 && SINGLE.has(name.toLowerCase())) {
    refuseDraft(
      field,
      'have one value',
      `a message holds this header once: choose one of the ${value.length}`,
    );
  }
  for (let i = 0; i < value.length; i++) checkValue(value[i], name, `${field}[${i}]`);
  return value.length;
}

function checkValue(value: unknown, name: string, field: string): void {
  const asked = 'be one line of text';
  if (typeof value !== 'string') refuseDraft(field, asked, `it is ${kindOf(value)}: pass a string`);
  const unsafe = findUnsafeCharacter(value);
  if (unsafe !== undefined) {
    refuseDraft(
      field,
      asked,
      `it holds the character ${unsafe}, which no header may hold: remove it, the relay folds long lines`,
    );
  }
  if (value.trim() === '') refuseDraft(field, asked, 'it is blank: leave the header out');
  // Other text becomes encoded words, which can be folded anywhere.
  if (NOT_ASCII.test(value)) return;
  if (LONG_BLANK.test(value)) refuseDraft(field, asked, 'it holds 60 spaces in a row: shorten them');
  const room = MAX_LINE_OCTETS - name.length - ': '.length;
  if (value.length > room && value.split(' ').some((word) => word.length > room)) {
    refuseDraft(
      field,
      'fit into lines of 998 octets',
      'it holds a longer run without a space to fold at: put a space into it, or shorten it',
    );
  }
}
