import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { refuseDraft } from '../../core/refusal.js';
import { findUnsafeCharacter } from '../../core/address/unsafe-text.js';
import { prefersBase64 } from './transfer-encoding.js';

/** What nodemailer folds at; RFC 5322 §2.1.1 recommends 78 octets. */
const FOLD_AT = 76;
/** RFC 2047 §2 allows 75 characters for an encoded word; this leaves room for the header's name. */
const MAX_WORD_CHARS = 52;

const NOT_ASCII = /[^ -~]/;

/**
 * Folding at such a run can leave a line of nothing but spaces, which some servers take for the end of the header.
 *
 * @internal
 */
export const LONG_BLANK = / {60}/;

/**
 * What ASCII text must not hold to be written as it is: a look-alike of an encoded word, blanks that a parser trims
 * or that fill a line, and runs too long for a line of 998 octets.
 */
const NOT_LITERAL = /=\?|^ | $| {60}|[^ ]{900}/;

/**
 * One header, folded. Every header of a message passes here or one of its neighbours, so that a value can never
 * become a header of its own.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` for a character that no header may hold
 * @internal
 */
export function headerField(name: string, value: string): string {
  checkHeaderText(name, value);
  return foldLines(`${name}: ${value}`, FOLD_AT);
}

/**
 * A header that people read: as it is, or as encoded words where it would not arrive as it is.
 *
 * @see RFC 2047
 * @internal
 */
export function textField(name: string, text: string): string {
  checkHeaderText(name, text);
  return headerField(name, needsEncoding(text) ? encodeWords(text) : text);
}

/**
 * A header whose meaning the relay does not know: ASCII is left as it is, whatever a program reads in it.
 *
 * @internal
 */
export function foreignField(name: string, text: string): string {
  checkHeaderText(name, text);
  return headerField(name, NOT_ASCII.test(text) ? encodeWords(text) : text.trim());
}

/**
 * A display name: atoms, a quoted string, or encoded words. An address or a comma within it stays part of the name.
 *
 * @param header whose error a character is that no header may hold
 * @see RFC 5322 §3.2.5
 * @internal
 */
export function encodePhrase(header: string, name: string): string {
  checkHeaderText(header, name);
  if (needsEncoding(name)) return encodeWords(name);
  return /^\w+(?: \w+)*$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

function needsEncoding(text: string): boolean {
  return NOT_ASCII.test(text) || NOT_LITERAL.test(text);
}

function encodeWords(text: string): string {
  return encodeWord(text, prefersBase64(text) ? 'B' : 'Q', MAX_WORD_CHARS);
}

function checkHeaderText(header: string, text: string): void {
  const unsafe = findUnsafeCharacter(text);
  if (unsafe === undefined) return;
  refuseDraft(
    header.toLowerCase(),
    'be one line of text',
    `it holds the character ${unsafe}, which no header may hold: remove it`,
  );
}
