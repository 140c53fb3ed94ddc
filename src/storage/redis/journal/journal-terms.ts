import { createHash } from 'node:crypto';
import { mailIdIn } from '../../../core/mail/mail-id.js';
import {
  hasPersonalData,
  mailOf,
  recipientsOf,
  type JournalRecord,
} from '../../../journal/journal-record.js';
import type { CheckedSearch } from '../../../journal/journal-store.js';

/** Every mail. */
export const ALL_MAILS = 'a';
/** Mails that hold personal data, where these go before the mail does. */
export const PERSONAL_MAILS = 'p';

/** A longer one is stored by its hash. */
const MAX_TERM = 120;
/** What nearly every mail has is found by looking at all of them. */
const USUAL_STREAM = 'transactional';
const USUAL_STATE = 'sent';

/** By what a mail is found; each is a sorted set of mails. @param keepsPersonal true when personal data go with the mail */
export function termsOf(record: JournalRecord, keepsPersonal: boolean): ReadonlySet<string> {
  const terms = new Set([ALL_MAILS]);
  if (record.events.length === 0) return terms;
  const { messageId, stream, tenant, template, tags, mailId } = mailOf(record);
  if (!keepsPersonal && hasPersonalData(record)) terms.add(PERSONAL_MAILS);
  if (stream !== USUAL_STREAM) terms.add(term('s', stream));
  if (tenant !== '') terms.add(term('n', tenant));
  if (template !== undefined) terms.add(term('c', template));
  for (const tag of tags) terms.add(term('l', tag));
  if (mailIdIn(messageId) !== mailId) terms.add(messageIdTerm(messageId));
  for (const { address, state } of recipientsOf(record)) {
    if (address !== '') terms.add(addressTerm(address));
    if (state !== undefined && state !== USUAL_STATE) terms.add(term('z', state));
  }
  for (const event of record.events) {
    if ('providerMessageId' in event && event.providerMessageId !== undefined) {
      terms.add(providerTerm(event.providerMessageId));
    }
    for (const address of event.originalRecipients ?? []) terms.add(originalTerm(address));
  }
  return terms;
}

/** The terms that what is looked for must have; one of them at least. */
export function termsFor({
  recipient,
  tag,
  template,
  stream,
  tenant,
  state,
}: CheckedSearch): readonly string[] {
  const terms = [ALL_MAILS];
  if (recipient !== undefined) terms.push(addressTerm(recipient));
  if (tag !== undefined) terms.push(term('l', tag));
  if (template !== undefined) terms.push(term('c', template));
  if (stream !== undefined && stream !== USUAL_STREAM) terms.push(term('s', stream));
  if (tenant !== undefined && tenant !== '') terms.push(term('n', tenant));
  if (state !== undefined && state !== USUAL_STATE) terms.push(term('z', state));
  return terms;
}

export function addressTerm(address: string): string {
  return term('r', address.toLowerCase());
}

/** Of an address whose mail was redirected. */
export function originalTerm(address: string): string {
  return term('o', address.toLowerCase());
}

export function messageIdTerm(messageId: string): string {
  return term('g', messageId);
}

export function providerTerm(providerMessageId: string): string {
  return term('v', providerMessageId);
}

function term(kind: string, value: string): string {
  if (value.length <= MAX_TERM) return `${kind}:${value}`;
  return `${kind}#${createHash('sha256').update(value).digest('base64url')}`;
}
