import { domainOf } from '../../../core/address/address.js';
import { eventOfFields } from '../../../events/log/event-json.js';
import type { MailEvent } from '../../../events/mail-event.js';
import { isMailEvent, type RelayEvent } from '../../../events/relay-event.js';
import { standingEventOf, type StandingEvent } from '../../../journal/recipient-state.js';
import type { EventsTable, JournalMailsTable, JournalRecipientsTable } from '../tables/journal-tables.js';

/** What of an event is about its recipient. */
export interface StoredEventOfMail {
  readonly mailId: string;
  /** JSON of {@link StoredFacts}, for the first event of a mail; absent where the step of the spool has the mail. */
  readonly facts?: string | undefined;
  readonly place: number;
  readonly address: string;
  readonly stream: string;
  readonly transport: string;
  readonly domain: string;
  readonly providerMessageId: string | undefined;
  readonly standing: StandingEvent;
}

/** An event on its way to the file: flat, and mostly text, because that crosses to the thread at the least cost. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  /** JSON of what is left. */
  readonly rest: string;
  /** Absent for an event about a transport, or about no mail that is known. */
  readonly mail?: StoredEventOfMail | undefined;
}

/** What all events of a mail share. */
export interface StoredFacts {
  readonly messageId: string;
  readonly relay: string;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly subject?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly originalRecipients?: readonly string[] | undefined;
}

type MailRow = Pick<
  JournalMailsTable,
  | 'id'
  | 'message_id'
  | 'relay'
  | 'stream'
  | 'tenant'
  | 'template'
  | 'subject'
  | 'tags'
  | 'metadata'
  | 'original'
>;

/** A row of the log with the mail and the recipient it is about. */
export type EventRow = Pick<EventsTable, 'type' | 'at' | 'id' | 'rest'> & {
  readonly mail: MailRow | undefined;
  readonly recipient: Pick<JournalRecipientsTable, 'address'> | undefined;
};

/** Events as the thread takes them. */
export function storedEvents(events: readonly RelayEvent[]): readonly StoredEvent[] {
  return events.map((event) => (isMailEvent(event) ? storedMailEvent(event, true) : storedOther(event)));
}

/** Events of a step that brings the mail itself, or has it already. */
export function storedStepEvents(events: readonly MailEvent[]): readonly StoredEvent[] {
  return events.map((event) => storedMailEvent(event, false));
}

function storedMailEvent(event: MailEvent, withFacts: boolean): StoredEvent {
  const {
    type,
    id,
    at,
    mailId,
    recipient,
    relay,
    messageId,
    stream,
    tenant,
    template,
    subject,
    tags,
    metadata,
    originalRecipients,
    ...rest
  } = event;
  const facts: StoredFacts = {
    messageId,
    relay,
    stream,
    tenant,
    template,
    subject,
    tags,
    metadata,
    originalRecipients,
  };
  const place = id.startsWith(`${mailId}.`) ? Number.parseInt(id.slice(mailId.length + 1), 10) : Number.NaN;
  return {
    id,
    type,
    at: at.getTime(),
    rest: JSON.stringify(rest),
    mail: {
      mailId,
      facts: withFacts ? JSON.stringify(facts) : undefined,
      place: Number.isSafeInteger(place) ? place : -1,
      address: recipient,
      stream,
      transport: ('transport' in event && event.transport) || '',
      domain: recipient === '' ? '' : domainOf(recipient).toLowerCase(),
      providerMessageId: 'providerMessageId' in event ? event.providerMessageId : undefined,
      standing: standingEventOf(event),
    },
  };
}

function storedOther({ type, id, at, ...rest }: RelayEvent): StoredEvent {
  return { id, type, at: at.getTime(), rest: JSON.stringify(rest) };
}

/** The event of a row. */
export function eventOfRow({ type, at, id, rest, mail, recipient }: EventRow): RelayEvent {
  const left = rest === null ? {} : (JSON.parse(rest) as object);
  const own = { type, id: eventId(id, mail?.id), at: new Date(at) };
  if (!mail) return eventOfFields({ ...own, ...left });
  const original = mail.original === null ? {} : { originalRecipients: jsonOf(mail.original) };
  return eventOfFields({
    ...own,
    relay: mail.relay,
    mailId: mail.id,
    messageId: messageId(mail.message_id, mail.id),
    stream: mail.stream,
    tenant: mail.tenant,
    ...(mail.template !== null && { template: mail.template }),
    ...(mail.subject !== null && { subject: mail.subject }),
    tags: mail.tags === null ? [] : jsonOf(mail.tags),
    metadata: mail.metadata === null ? {} : jsonOf(mail.metadata),
    recipient: recipient?.address ?? '',
    ...original,
    ...left,
  });
}

/** An id without the mail's, which stands before it in all events of our own. */
export function storedEventId(id: string, mailId: string | undefined): string {
  return mailId !== undefined && id.startsWith(`${mailId}.`) ? `.${id.slice(mailId.length + 1)}` : id;
}

function eventId(stored: string, mailId: string | undefined): string {
  return mailId !== undefined && stored.startsWith('.') ? `${mailId}${stored}` : stored;
}

/** A Message-ID without the mail's id, where it is made of it: `@acme.test`. */
export function storedMessageId(id: string, mailId: string): string {
  const begin = `<${mailId}@`;
  return id.startsWith(begin) && id.endsWith('>') ? `@${id.slice(begin.length, -1)}` : `<${id}`;
}

export function messageId(stored: string, mailId: string): string {
  return stored.startsWith('@') ? `<${mailId}${stored}>` : stored.slice(1);
}

/** The id of the mail that a Message-ID of ours is made of. */
export function mailIdOf(id: string): string | undefined {
  return /^<([^@<>]+)@[^@<>]+>$/.exec(id)?.[1];
}

function jsonOf(json: string): unknown {
  return JSON.parse(json) as unknown;
}
