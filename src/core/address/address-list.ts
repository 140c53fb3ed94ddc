import { parseMailbox } from './address.js';
import type { AddressRules } from './address-rules.js';
import { kindOf } from '../kind-of.js';
import { MailRelayError } from '../mail-relay-error.js';
import type { Mailbox } from './mailbox.js';

const MAX_ENTRIES = 1000;

/**
 * Splits a comma list of addresses, as a person or another program wrote it, into the array that `to`, `cc`, `bcc`
 * and `replyTo` take. Commas in quoted names do not split. Each entry is then read as strictly as any other
 * address; one wrong entry refuses the list. Blank text is an empty list.
 *
 * @param text at most 1000 addresses, with spaces or tabs around the commas
 * @param field the path that errors name; the entry's index is added
 * @throws `ERR_MAIL_RELAY_ADDRESS`, without any address
 * @example
 * await mail.queue({ to: parseAddressList('ada@acme.test, "Hopper, Grace" <grace@acme.test>'), subject, text });
 * @see RFC 5322 §3.4
 * @publicApi
 */
export function parseAddressList(text: string, field = 'addresses', rules: AddressRules = {}): Mailbox[] {
  if (typeof text !== 'string') refuseList(field, `it is ${kindOf(text)}: pass a string`);
  const entries = splitEntries(text, field);
  if (entries.length === 1 && entries[0] === '') return [];
  return entries.map((entry, i) => parseMailbox(entry, `${field}[${i}]`, rules));
}

function splitEntries(text: string, field: string): string[] {
  const entries: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') quoted = !quoted;
    else if (quoted) i += char === '\\' ? 1 : 0;
    else if (char === ';')
      refuseList(field, 'it holds a semicolon: separate the addresses by commas, without groups');
    else if (char === ',') {
      entries.push(trimBlanks(text, start, i));
      start = i + 1;
      if (entries.length === MAX_ENTRIES) refuseList(field, 'it holds more: pass smaller lists');
    }
  }
  entries.push(trimBlanks(text, start, text.length));
  return entries;
}

/** Removes spaces and tabs only: any other white space is for the strict parser to refuse. */
function trimBlanks(text: string, start: number, end: number): string {
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

function isBlank(text: string, index: number): boolean {
  return text[index] === ' ' || text[index] === '\t';
}

function refuseList(field: string, reason: string): never {
  throw new MailRelayError(
    'ERR_MAIL_RELAY_ADDRESS',
    `${field} must be a comma list of at most ${MAX_ENTRIES} mail addresses, but ${reason}`,
    { field },
  );
}
