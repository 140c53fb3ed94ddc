import { createHash } from 'node:crypto';
import type { MailEvent } from '../events/mail-event.js';
import { withoutPersonalData } from './erased-event.js';
import type { JournalMail, JournalRecipient } from './mail-journal.js';
import { NO_STANDING, standingAfter, standingEventOf } from './recipient-state.js';

/** What a journal that keeps whole events holds of a mail; whatever else is known of it follows from them. */
export interface JournalRecord {
  readonly mailId: string;
  /** When the journal heard of the mail first, milliseconds since the epoch. */
  readonly createdAt: number;
  /** As they were recorded. */
  readonly events: readonly MailEvent[];
}

/**
 * What stands for the address of a recipient whose personal data were erased. It ends with so little of a hash that it
 * tells the recipients of one mail apart, and fits a great many addresses.
 */
const ERASED = '\0';
const HASH_DIGITS = 5;

/** A record with those events that it does not have yet, and these as they were told. */
export function recordWith<Record extends JournalRecord>(
  record: Record,
  events: readonly MailEvent[],
): { readonly record: Record; readonly fresh: readonly MailEvent[] } {
  const known = new Set(record.events.map(({ id }) => id));
  const fresh = events.filter(({ id }) => !known.has(id) && known.add(id));
  const erased = new Set(record.events.map(({ recipient }) => recipient).filter(isErased));
  const kept = fresh.map((event) => {
    const mark = erased.size > 0 ? erasedMark(event.mailId, event.recipient) : '';
    return erased.has(mark) ? withoutPersonalData(event, mark) : event;
  });
  return { record: { ...record, events: [...record.events, ...kept] }, fresh };
}

/** A record without the personal data of a recipient, or of everybody. */
export function recordWithout<Record extends JournalRecord>(record: Record, address?: string): Record {
  const wanted = address?.toLowerCase();
  const isMeant = (recipient: string): boolean =>
    !isErased(recipient) && (wanted === undefined || recipient.toLowerCase() === wanted);
  return {
    ...record,
    events: record.events.map((event) => {
      if (isMeant(event.recipient)) {
        return withoutPersonalData(event, erasedMark(event.mailId, event.recipient));
      }
      const { originalRecipients } = event;
      if (!originalRecipients?.some(isMeant)) return event;
      return { ...event, originalRecipients: originalRecipients.filter((one) => !isMeant(one)) };
    }),
  };
}

export function hasPersonalData({ events }: JournalRecord): boolean {
  return events.some(({ recipient }) => !isErased(recipient));
}

/** The event as an application is shown it. */
export function shownEvent(event: MailEvent): MailEvent {
  return isErased(event.recipient) ? { ...event, recipient: '' } : event;
}

export function mailOf({
  mailId,
  createdAt,
  events,
}: JournalRecord): JournalMail & { readonly relay: string } {
  // Whoever was erased tells nothing of the mail any more; the others still do.
  const event = events.find(({ recipient }) => !isErased(recipient)) ?? events[0];
  if (!event) throw new TypeError('a record has events');
  const { relay, messageId, subject, stream, tenant, template, tags, metadata } = event;
  return {
    mailId,
    relay,
    messageId,
    ...(subject !== undefined && { subject }),
    stream,
    tenant,
    ...(template !== undefined && { template }),
    tags,
    metadata,
    createdAt: new Date(createdAt),
  };
}

/** The recipients in the order in which they were heard of. */
export function recipientsOf({ events }: JournalRecord): readonly JournalRecipient[] {
  const found = new Map<string, { address: string; standing: typeof NO_STANDING; transport?: string }>();
  for (const event of events) {
    const key = event.recipient.toLowerCase();
    const before = found.get(key) ?? { address: event.recipient, standing: NO_STANDING };
    const transport = transportOf(event) ?? before.transport;
    found.set(key, {
      address: before.address,
      standing: standingAfter(before.standing, standingEventOf(event)),
      ...(transport !== undefined && { transport }),
    });
  }
  return Array.from(found.values(), ({ address, standing, transport }) => ({
    address: isErased(address) ? '' : address,
    state: standing.state,
    stateAt: new Date(standing.stateAt),
    facts: standing.facts,
    ...(transport !== undefined && { transport }),
  }));
}

export function transportOf(event: MailEvent): string | undefined {
  return 'transport' in event ? event.transport : undefined;
}

function isErased(recipient: string): boolean {
  return recipient.startsWith(ERASED);
}

function erasedMark(mailId: string, address: string): string {
  const hash = createHash('sha256').update(`${mailId} ${address.toLowerCase()}`).digest('hex');
  return ERASED + hash.slice(0, HASH_DIGITS);
}
