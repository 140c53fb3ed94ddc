import { LIST_REASON, refuseCharacter } from './address-character.js';
import { normaliseDomain } from './address-domain.js';
import type { AddressRules } from './address-rules.js';
import { isAscii } from './ascii.js';
import { checkDisplayName } from './display-name.js';
import { kindOf } from '../kind-of.js';
import type { Mailbox } from './mailbox.js';
import { ownFields } from '../own-fields.js';
import { refuseAddress } from '../refusal.js';
import { findCharacter, holdsEncodedWord } from './unsafe-text.js';

/** Far above every legal address with a name; whatever is longer is not looked at. */
const MAX_INPUT_CHARS = 1000;
const MAX_LOCAL_PART_OCTETS = 64;
/** A path of 256 octets (RFC 5321 §4.5.3.1.3) without its angle brackets. */
const MAX_ADDRESS_OCTETS = 254;

const ENCODED_WORD_REASON =
  'its local part holds an encoded word, which readers decode into another address: correct the address';

const SPACE = 0x20;
const QUOTE = 0x22;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const LESS_THAN = 0x3c;
const AT = 0x40;

/**
 * 1 for `atext` (RFC 5322 §3.2.3). The percent sign and the exclamation mark are left out: relays exist that read
 * them as a route and deliver to a domain that was never checked.
 */
const IS_ATEXT = tableOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#$&'*+-/=?^_`{|}~");

/** 1 for what ends an unquoted name: the `specials` of RFC 5322 §3.2.3 but the dot, which names do hold. */
const IS_SPECIAL = tableOf('()<>[]:;@\\,"');

/** Invisible or blank: two addresses that look the same must not be two addresses. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

/**
 * Reads one address strictly: `addr-spec`, `<addr-spec>`, `Name <addr-spec>`, `"Quoted name" <addr-spec>`, or an
 * object whose own `address` is an addr-spec and whose own `name` is taken as it is. Comments, groups, routes,
 * quoted local parts, address literals and lists are refused, never repaired. Takes linear time, whatever it is
 * given.
 *
 * @param input an `AddressInput`, not yet checked
 * @param field the path that errors name: `to[1]`
 * @throws `ERR_MAIL_RELAY_ADDRESS`, without the address
 * @see RFC 5322 §3.4, RFC 5321 §4.1.2, RFC 6531 §3.3
 * @internal
 */
export function parseMailbox(input: unknown, field: string, rules: AddressRules = {}): Mailbox {
  if (typeof input === 'string') return parseMailboxText(input, field, rules);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    refuseAddress(field, `it is ${kindOf(input)}: pass one string, or an object with address and name`);
  }
  return parseMailboxObject(input, field, rules);
}

/**
 * Reads an addr-spec strictly and normalises its domain; the local part stays as it is.
 *
 * @param text a string, not yet checked
 * @param field the path that errors name
 * @throws `ERR_MAIL_RELAY_ADDRESS`, without the address
 * @see RFC 5321 §4.1.2
 * @internal
 */
export function parseAddrSpec(text: unknown, field: string, rules: AddressRules = {}): string {
  if (typeof text !== 'string') refuseAddress(field, `it is ${kindOf(text)}: pass a string`);
  checkText(text, field);
  const at = findAt(text, field);
  const localPart = text.slice(0, at);
  if (holdsEncodedWord(localPart)) refuseAddress(field, ENCODED_WORD_REASON);
  if (!isAscii(text)) checkForeignText(text, localPart, field);
  if (octets(localPart) > MAX_LOCAL_PART_OCTETS) {
    refuseAddress(field, `its local part has more than ${MAX_LOCAL_PART_OCTETS} octets: correct the address`);
  }
  const address = `${localPart}@${normaliseDomain(text.slice(at + 1), field, rules)}`;
  if (octets(address) > MAX_ADDRESS_OCTETS) {
    refuseAddress(field, `it has more than ${MAX_ADDRESS_OCTETS} octets: correct the address`);
  }
  return address;
}

/**
 * The domain of a parsed address, in lower-case A-labels.
 *
 * @internal
 */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/**
 * True when an address can be sent without the SMTPUTF8 extension.
 *
 * @see RFC 6531
 * @internal
 */
export function isAsciiAddress(address: string): boolean {
  return isAscii(address);
}

function parseMailboxObject(input: object, field: string, rules: AddressRules): Mailbox {
  const { address, name } = ownFields(input);
  if (address === undefined) refuseAddress(field, 'it is an object without address: add one');
  if (name !== undefined && typeof name !== 'string') {
    refuseAddress(field, `its name is ${kindOf(name)}: pass a string, or leave the name out`);
  }
  return toMailbox(name ?? '', parseAddrSpec(address, field, rules), field);
}

function parseMailboxText(text: string, field: string, rules: AddressRules): Mailbox {
  checkText(text, field);
  if (text.charCodeAt(0) === QUOTE) {
    const { name, end } = readQuotedName(text, field);
    return toMailbox(name, parseAngleAddr(text, end, field, rules), field);
  }
  const open = text.indexOf('<');
  if (open === -1) return { address: parseAddrSpec(text, field, rules) };
  return toMailbox(readPhrase(text, open, field), parseAngleAddr(text, open, field, rules), field);
}

function toMailbox(name: string, address: string, field: string): Mailbox {
  const checked = checkDisplayName(name, field);
  return checked === undefined ? { address } : { name: checked, address };
}

function checkText(text: string, field: string): void {
  if (text === '') refuseAddress(field, 'it is empty: pass an address');
  if (text.length > MAX_INPUT_CHARS) {
    refuseAddress(field, `it has more than ${MAX_INPUT_CHARS} characters: pass one address a string`);
  }
}

/** Reads a quoted name from the start of the text; `end` is where the angle bracket must stand. */
function readQuotedName(text: string, field: string): { readonly name: string; readonly end: number } {
  let name = '';
  let i = 1;
  for (; i < text.length && text.charCodeAt(i) !== QUOTE; i++) {
    if (text[i] === '\\') i++;
    name += text.charAt(i);
  }
  if (i >= text.length) refuseAddress(field, 'its name has no closing quote: add the double quote');
  let end = i + 1;
  while (text.charCodeAt(end) === SPACE) end++;
  if (text.charCodeAt(end) === LESS_THAN) return { name, end };
  if (text.charCodeAt(end) === AT) {
    refuseAddress(
      field,
      'its local part is quoted, a form that mail servers read in different ways: use an unquoted local part',
    );
  }
  if (isListSeparator(text[end])) refuseAddress(field, LIST_REASON);
  return refuseAddress(
    field,
    'its quoted name is not followed by an address in angle brackets: quote the whole name, then write the address',
  );
}

/** Reads an unquoted name, which ends before the angle bracket at `open`. */
function readPhrase(text: string, open: number, field: string): string {
  let end = open;
  while (end > 0 && text.charCodeAt(end - 1) === SPACE) end--;
  const phrase = text.slice(0, end);
  if (open > 0 && text.charCodeAt(0) === SPACE) refuseCharacter(field, SPACE);
  for (let i = 0; i < end; i++) {
    if (IS_SPECIAL[phrase.charCodeAt(i)] !== 1) continue;
    if (phrase.includes(',') || phrase.includes(';')) refuseAddress(field, LIST_REASON);
    refuseAddress(
      field,
      'its name holds a character with a meaning of its own, such as a colon, an at sign or a bracket: put the ' +
        'name in double quotes, or pass an object with name and address; groups and comments are not accepted',
    );
  }
  return phrase;
}

function parseAngleAddr(text: string, open: number, field: string, rules: AddressRules): string {
  const close = text.indexOf('>', open);
  if (close === open + 1) refuseAddress(field, 'it is the null address, which names nobody: pass an address');
  if (close !== text.length - 1) {
    if (close !== -1 && isListSeparator(text.slice(close + 1).trimStart()[0]))
      refuseAddress(field, LIST_REASON);
    refuseCharacter(field, LESS_THAN);
  }
  return parseAddrSpec(text.slice(open + 1, close), field, rules);
}

function isListSeparator(char: string | undefined): boolean {
  return char === ',' || char === ';';
}

/** Checks the ASCII of the local part and gives the index of the at sign that ends it. */
function findAt(text: string, field: string): number {
  let previous = DOT;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === AT) {
      checkLocalPartEnds(text, i, previous, field);
      return i;
    }
    if (code === DOT) {
      if (previous === DOT) refuseDots(field);
    } else if (code <= 0x7f && IS_ATEXT[code] !== 1) {
      refuseCharacter(field, code);
    }
    previous = code;
  }
  return refuseAddress(field, 'it has no at sign: write the local part, the at sign and the domain');
}

function checkLocalPartEnds(text: string, at: number, last: number, field: string): void {
  if (at === 0) {
    refuseAddress(field, 'it begins with an at sign: pass an address with a local part and without a route');
  }
  if (last === DOT) refuseDots(field);
  // Programs that get the address as an argument would take it for an option (CVE-2020-7769).
  if (text.charCodeAt(0) === HYPHEN) {
    refuseAddress(field, 'its local part begins with a hyphen, which a mail program may take for an option');
  }
}

function refuseDots(field: string): never {
  refuseAddress(field, 'its local part begins or ends with a dot or holds two in a row: correct the address');
}

function checkForeignText(text: string, localPart: string, field: string): void {
  const invisible = findCharacter(text, INVISIBLE);
  if (invisible !== undefined) {
    refuseAddress(field, `it holds the invisible or blank character ${invisible}: remove it`);
  }
  if (localPart.normalize('NFC') !== localPart) {
    refuseAddress(field, 'its local part is not in Unicode normal form C: pass it through normalize() first');
  }
  // NFKC as such would refuse legal Thai; what it must not do is bring in ASCII, such as a full-width at sign's.
  if (countAscii(localPart.normalize('NFKC')) !== countAscii(localPart)) {
    refuseAddress(field, 'its local part holds a variant of an ASCII character: use the plain character');
  }
}

function countAscii(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= 0x7f) count++;
  return count;
}

function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
