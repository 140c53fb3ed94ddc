import type { MailId } from '../../core/mail/mail-id.js';
import type { Clock } from '../../core/schedule/clock.js';
import type { MailEvent } from '../../events/mail-event.js';
import { CounterSums, countedUnder, HOUR_MS, type CountedUnder } from '../counter-sums.js';
import { fitsRecipient, foundEntries } from '../found-entries.js';
import {
  mailOf,
  hasPersonalData,
  recipientsOf,
  recordWith,
  recordWithout,
  shownEvent,
  type JournalRecord,
} from '../journal-record.js';
import {
  JournalStore,
  type CheckedCounterQuery,
  type CheckedSearch,
  type JournalRetention,
} from '../journal-store.js';
import type {
  ErasedData,
  EventCount,
  FoundMail,
  JournalEntry,
  JournalPage,
  MailReference,
  MailTimeline,
} from '../mail-journal.js';

interface KeptRecord extends JournalRecord {
  /** The place of the mail among all that were heard of. */
  readonly place: number;
}

/**
 * The journal in memory: a ring of the newest mails, gone with the process. The process that sends or queues sees what
 * it heard itself.
 */
export class MemoryJournalStore extends JournalStore {
  override readonly fedBy = 'listener';
  readonly #clock: Clock;
  readonly #retention: JournalRetention;
  /** The oldest first. */
  readonly #mails = new Map<MailId, KeptRecord>();
  /** By hour, the oldest first. */
  readonly #counts = new Map<number, Map<string, { readonly under: CountedUnder; count: number }>>();
  #places = 0;

  constructor(clock: Clock, retention: JournalRetention) {
    super();
    this.#clock = clock;
    this.#retention = retention;
  }

  async record(events: readonly MailEvent[]): Promise<void> {
    const byMail = new Map<MailId, MailEvent[]>();
    for (const event of events) {
      const some = byMail.get(event.mailId);
      if (some) some.push(event);
      else byMail.set(event.mailId, [event]);
    }
    for (const [mailId, told] of byMail) {
      const before = this.#mails.get(mailId) ?? this.#newRecord(mailId, told);
      const { record, fresh } = recordWith(before, told);
      this.#mails.set(mailId, record);
      for (const event of fresh) this.#count(countedUnder(event));
    }
    this.#forgetSurplus();
  }

  async timeline(mailId: MailId): Promise<MailTimeline | undefined> {
    const record = this.#mails.get(mailId);
    if (!record) return undefined;
    const { relay: _relay, ...mail } = mailOf(record);
    return { ...mail, recipients: recipientsOf(record), events: record.events.map(shownEvent) };
  }

  async search(search: CheckedSearch): Promise<JournalPage> {
    const start = readCursor(search.cursor);
    if (!start) return { entries: [] };
    const [before, shown] = start;
    const entries: JournalEntry[] = [];
    for (const record of Array.from(this.#mails.values()).toReversed()) {
      if (record.place > before) continue;
      const skipped = record.place === before ? shown : 0;
      const found = foundEntries(record, search).slice(skipped);
      const room = search.limit - entries.length;
      if (found.length > 0 && room === 0) return { entries, cursor: `${record.place}.${skipped}` };
      entries.push(...found.slice(0, room));
      if (found.length > room) return { entries, cursor: `${record.place}.${skipped + room}` };
    }
    return { entries };
  }

  async counters(query: CheckedCounterQuery): Promise<readonly EventCount[]> {
    const sums = new CounterSums(query);
    for (const counts of this.#counts.values()) {
      for (const { under, count } of counts.values()) sums.add(under, count);
    }
    return sums.all;
  }

  async find(reference: MailReference): Promise<FoundMail | undefined> {
    const { recipient } = reference;
    for (const record of this.#candidates(reference)) {
      const recipients = recipientsOf(record).filter((one) => fitsRecipient(one, { recipient }));
      if (recipients.length > 0) return { ...mailOf(record), recipients };
    }
    return undefined;
  }

  async erase(address: string): Promise<ErasedData> {
    let recipients = 0;
    for (const record of this.#mails.values()) {
      const had = recipientsOf(record).filter((one) => fitsRecipient(one, { recipient: address })).length;
      recipients += had;
      if (had > 0 || record.events.some(({ originalRecipients }) => originalRecipients !== undefined)) {
        this.#mails.set(record.mailId, recordWithout(record, address));
      }
    }
    return { recipients };
  }

  async purge(limit: number): Promise<number> {
    const { eventsMs, personalMs, countersMs } = this.#retention;
    const now = this.#clock.now();
    let gone = 0;
    for (const [mailId, record] of this.#mails) {
      if (gone >= limit) return gone;
      if (record.createdAt < now - eventsMs) this.#mails.delete(mailId);
      else if (record.createdAt < now - personalMs && hasPersonalData(record)) {
        this.#mails.set(mailId, recordWithout(record));
      } else continue;
      gone++;
    }
    for (const hour of this.#counts.keys()) {
      if (gone >= limit) return gone;
      if (hour < Math.floor((now - countersMs) / HOUR_MS) && this.#counts.delete(hour)) gone++;
    }
    return gone;
  }

  #newRecord(mailId: MailId, [first]: readonly MailEvent[]): KeptRecord {
    return { mailId, createdAt: first?.at.getTime() ?? 0, events: [], place: ++this.#places };
  }

  #count(under: CountedUnder): void {
    const { hour, type, stream, transport, domain } = under;
    let counts = this.#counts.get(hour);
    if (!counts) this.#counts.set(hour, (counts = new Map()));
    const key = [type, stream, transport, domain].join('\n');
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { under, count: 1 });
  }

  #forgetSurplus(): void {
    for (const mailId of this.#mails.keys()) {
      if (this.#mails.size <= this.#retention.maxMails) return;
      this.#mails.delete(mailId);
    }
  }

  /** Newest first. */
  #candidates(reference: MailReference): readonly KeptRecord[] {
    if ('mailId' in reference) {
      const record = this.#mails.get(reference.mailId);
      return record ? [record] : [];
    }
    const isMeant = (event: MailEvent): boolean =>
      'messageId' in reference
        ? event.messageId === reference.messageId
        : 'providerMessageId' in event && event.providerMessageId === reference.providerMessageId;
    return Array.from(this.#mails.values())
      .filter(({ events }) => events.some(isMeant))
      .toReversed();
  }
}

/** Where to go on: a place, and how many of its recipients were shown. A cursor that is none leads nowhere. */
function readCursor(cursor: string | undefined): readonly [number, number] | undefined {
  if (cursor === undefined) return [Number.POSITIVE_INFINITY, 0];
  const [, place, shown] = /^(\d+)\.(\d+)$/.exec(cursor) ?? [];
  return place === undefined || shown === undefined ? undefined : [Number(place), Number(shown)];
}
