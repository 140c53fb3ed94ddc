import { mailOf, recipientsOf, type JournalRecord } from './journal-record.js';
import type { CheckedSearch } from './journal-store.js';
import type { JournalEntry, JournalMail, JournalRecipient } from './mail-journal.js';

/** The recipients of a mail that fit a search; none where the mail itself does not fit. */
export function foundEntries(record: JournalRecord, search: CheckedSearch): readonly JournalEntry[] {
  const { relay: _relay, ...mail } = mailOf(record);
  if (!fitsMail(mail, record.createdAt, search)) return [];
  return recipientsOf(record)
    .filter((recipient) => fitsRecipient(recipient, search))
    .map((recipient) => ({ ...mail, recipient }));
}

/** True for a recipient that fits a search, or a reference. */
export function fitsRecipient(
  { address, state }: JournalRecipient,
  wanted: Pick<CheckedSearch, 'recipient' | 'state'>,
): boolean {
  if (wanted.state !== undefined && state !== wanted.state) return false;
  return wanted.recipient === undefined || address.toLowerCase() === wanted.recipient.toLowerCase();
}

function fitsMail(
  { subject = '', stream, tenant, template, tags }: JournalMail,
  createdAt: number,
  search: CheckedSearch,
): boolean {
  return (
    (search.stream === undefined || search.stream === stream) &&
    (search.tenant === undefined || search.tenant === tenant) &&
    (search.template === undefined || search.template === template) &&
    (search.tag === undefined || tags.includes(search.tag)) &&
    (search.subject === undefined || lowerAscii(subject).includes(lowerAscii(search.subject))) &&
    (search.since === undefined || createdAt >= search.since) &&
    (search.until === undefined || createdAt < search.until)
  );
}

function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
