import { domainOf } from '../../../core/address/address.js';
import { eventOfFields } from '../../../events/log/event-json.js';
import type { MailEvent } from '../../../events/mail-event.js';
import { isMailEvent, type RelayEvent } from '../../../events/relay-event.js';
import type { Mail } from '../../../core/mail/mail.js';
import { standingEventOf } from '../../../journal/recipient-state.js';
import type { EventsTable, JournalMailsTable, JournalRecipientsTable } from '../tables/journal-tables.js';
import { isPlace } from '../tables/recipient-key.js';

/** What of an event is about its recipient. */
export interface StoredEventOfMail {
  readonly mailId: string;
  /** Absent where a step of the spool has the mail. */
  readonly facts?: StoredFacts | undefined;
  /** Its place in the envelope; -1 when it has none. */
  readonly place: number;
  readonly address: string;
  readonly stream: string;
  readonly transport: string;
  readonly domain: string;
  readonly providerMessageId: string | undefined;
  readonly attempt: number;
  readonly isRequeued: boolean;
}

/** An event on its way to the file, as the thread writes it: what can be made here is not made there. */
export interface StoredEvent {
  /** As `storedEventId()` writes it. */
  readonly id: string;
  readonly type: string;
  readonly at: number;
  /** JSON of what is left; null when nothing is. */
  readonly rest: string | null;
  /** Absent for an event about a transport, or about no mail that is known. */
  readonly mail?: StoredEventOfMail | undefined;
}

/** What all events of a mail share, as its row has it. */
export type StoredFacts = Omit<JournalMailsTable, 'mail_key' | 'id' | 'created_at'>;

/** What the facts of a mail are made of: the mail itself, or any of its events. */
type MailFacts = Pick<Mail, 'messageId' | 'relay' | 'stream' | 'tenant' | 'tags' | 'metadata'> & {
  readonly template?: string | undefined;
  readonly subject?: string | undefined;
  readonly originalRecipients?: readonly string[] | undefined;
};

/** A row of the log with the mail and the recipient it is about. */
export type EventRow = Pick<EventsTable, 'type' | 'at' | 'id' | 'rest'> & {
  readonly mail: Omit<JournalMailsTable, 'mail_key' | 'created_at'> | undefined;
  readonly recipient: Pick<JournalRecipientsTable, 'address'> | undefined;
};

/** Events as the thread takes them. */
export function storedEvents(events: readonly RelayEvent[]): readonly StoredEvent[] {
  return events.map((event) => (isMailEvent(event) ? storedMailEvent(event, true) : storedOther(event)));
}

/** Events of a step that has the mail already. */
export function storedStepEvents(events: readonly MailEvent[]): readonly StoredEvent[] {
  return events.map((event) => storedMailEvent(event, false));
}

/** Events of the step that brings the mail. */
export function storedFirstEvents(events: readonly MailEvent[]): readonly StoredEvent[] {
  return events.map((event, i) => storedMailEvent(event, i === 0));
}

/** What all events of a mail share, as its row has it. */
export function storedFacts(mailId: string, mail: MailFacts): StoredFacts {
  const { messageId, relay, stream, tenant, template, subject, tags, metadata, originalRecipients } = mail;
  return {
    message_id: storedMessageId(messageId, mailId),
    relay,
    stream,
    tenant,
    template: template ?? null,
    subject: subject ?? null,
    tags: tags.length === 0 ? null : JSON.stringify(tags),
    metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
    original: originalRecipients ? JSON.stringify(originalRecipients) : null,
  };
}

function storedMailEvent(event: MailEvent, withFacts: boolean): StoredEvent {
  const {
    type,
    id,
    at,
    mailId,
    recipient,
    relay: _relay,
    messageId: _messageId,
    stream,
    tenant: _tenant,
    template: _template,
    subject: _subject,
    tags: _tags,
    metadata: _metadata,
    originalRecipients: _originalRecipients,
    ...rest
  } = event;
  const { attempt, isRequeued } = standingEventOf(event);
  const stored = storedEventId(id, mailId);
  const place = stored === id ? Number.NaN : Number.parseInt(stored.slice(1), 10);
  const json = JSON.stringify(rest);
  return {
    id: stored,
    type,
    at: at.getTime(),
    rest: json === '{}' ? null : json,
    mail: {
      mailId,
      facts: withFacts ? storedFacts(mailId, event) : undefined,
      place: isPlace(place) ? place : -1,
      address: recipient,
      stream,
      transport: ('transport' in event && event.transport) || '',
      domain: recipient === '' ? '' : domainOf(recipient).toLowerCase(),
      providerMessageId: 'providerMessageId' in event ? event.providerMessageId : undefined,
      attempt,
      isRequeued,
    },
  };
}

function storedOther({ type, id, at, ...rest }: RelayEvent): StoredEvent {
  const json = JSON.stringify(rest);
  return { id, type, at: at.getTime(), rest: json === '{}' ? null : json };
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
function storedEventId(id: string, mailId: string | undefined): string {
  return mailId !== undefined && id.startsWith(`${mailId}.`) ? `.${id.slice(mailId.length + 1)}` : id;
}

function eventId(stored: string, mailId: string | undefined): string {
  return mailId !== undefined && stored.startsWith('.') ? `${mailId}${stored}` : stored;
}

/** A Message-ID without the mail's id, where it is made of it: `@acme.test`. */
function storedMessageId(id: string, mailId: string): string {
  const begin = `<${mailId}@`;
  return id.startsWith(begin) && id.endsWith('>') ? `@${id.slice(begin.length, -1)}` : `<${id}`;
}

export function messageId(stored: string, mailId: string): string {
  return stored.startsWith('@') ? `<${mailId}${stored}>` : stored.slice(1);
}

function jsonOf(json: string): unknown {
  return JSON.parse(json) as unknown;
}
