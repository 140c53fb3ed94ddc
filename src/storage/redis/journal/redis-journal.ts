import { mailIdIn } from '../../../core/mail/mail-id.js';
import type { MailEvent } from '../../../events/mail-event.js';
import { HOUR_MS } from '../../../journal/counter-sums.js';
import { fitsRecipient } from '../../../journal/found-entries.js';
import {
  mailOf,
  recipientsOf,
  recordWith,
  recordWithout,
  shownEvent,
} from '../../../journal/journal-record.js';
import {
  JournalStore,
  type CheckedCounterQuery,
  type CheckedSearch,
  type JournalRetention,
} from '../../../journal/journal-store.js';
import type {
  ErasedData,
  EventCount,
  FoundMail,
  JournalPage,
  MailReference,
  MailTimeline,
} from '../../../journal/mail-journal.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisSpoolSettings } from '../redis-spool-settings.js';
import { readCounts } from './journal-counts.js';
import { JournalMails, type RecordChange } from './journal-mails.js';
import { searchJournal } from './journal-search.js';
import {
  addressTerm,
  ALL_MAILS,
  messageIdTerm,
  originalTerm,
  PERSONAL_MAILS,
  providerTerm,
} from './journal-terms.js';
import type { StoredRecord } from './packed-record.js';

const TIMEOUT_MS = 5_000;
/** Mails of one address, or one reference, that are looked at together. */
const AT_ONCE = 200;

/**
 * The journal in Redis. Of each mail its events are stored, and sorted sets lead to the mails that have a term; counts are
 * hashes, one for each hour. It is written by the process that holds the journal's reader of the event log, in groups, so
 * that nothing of it is on the path of a mail.
 */
export class RedisJournal extends JournalStore {
  override readonly fedBy = 'listener';
  readonly #link: RedisLink;
  readonly #s: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>;
  readonly #retention: JournalRetention;
  readonly #mails: JournalMails;

  constructor(
    link: RedisLink,
    settings: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>,
    retention: JournalRetention,
  ) {
    super();
    this.#link = link;
    this.#s = settings;
    this.#retention = retention;
    this.#mails = new JournalMails(link, settings, retention.personalMs >= retention.eventsMs);
  }

  async record(events: readonly MailEvent[]): Promise<void> {
    const byMail = new Map<string, MailEvent[]>();
    for (const event of events) {
      const some = byMail.get(event.mailId);
      if (some) some.push(event);
      else byMail.set(event.mailId, [event]);
    }
    await this.#mails.change(Array.from(byMail.keys()), (mailId, known) => {
      const told = byMail.get(mailId) ?? [];
      const before = known ?? emptyRecord(mailId, told);
      const { record, fresh } = recordWith(before, told);
      return fresh.length === 0 ? undefined : { before, after: record, counted: fresh };
    });
  }

  async timeline(mailId: string): Promise<MailTimeline | undefined> {
    const record = (await this.#mails.read([mailId])).get(mailId);
    if (!record) return undefined;
    const { relay: _relay, ...mail } = mailOf(record);
    return { ...mail, recipients: recipientsOf(record), events: record.events.map(shownEvent) };
  }

  async search(search: CheckedSearch): Promise<JournalPage> {
    return searchJournal(this.#link, this.#s.base, this.#mails, search);
  }

  async counters(query: CheckedCounterQuery): Promise<readonly EventCount[]> {
    return readCounts(this.#link, this.#s.base, query);
  }

  async find(reference: MailReference): Promise<FoundMail | undefined> {
    const { recipient } = reference;
    for (const record of await this.#candidates(reference)) {
      const recipients = recipientsOf(record).filter((one) => fitsRecipient(one, { recipient }));
      if (recipients.length > 0) return { ...mailOf(record), recipients };
    }
    return undefined;
  }

  async erase(address: string): Promise<ErasedData> {
    const recipients = await this.#eraseWith(addressTerm(address), address);
    await this.#eraseWith(originalTerm(address), address);
    return { recipients };
  }

  async purge(limit: number): Promise<number> {
    const now = this.#s.clock.now();
    const { eventsMs, personalMs, countersMs, maxMails } = this.#retention;
    const before = Math.floor((now - countersMs) / HOUR_MS);
    let gone = Number(await this.#run('forgetHours', before, limit));
    const surplus = Number.isFinite(maxMails) ? (await this.#count()) - maxMails : 0;
    const old = await this.#oldest(ALL_MAILS, now - eventsMs, limit - gone);
    const many = surplus > old.length ? await this.#first(Math.min(limit - gone, surplus)) : [];
    const ids = Array.from(new Set([...old, ...many]));
    gone += await this.#mails.change(
      ids,
      (_id, before) => before && { before, after: undefined, counted: [] },
    );
    // Whatever cannot be read has no terms, and would be the oldest for ever.
    if (ids.length > 0) await this.#ask((client) => client.zrem(this.#key(ALL_MAILS), ...ids));
    if (personalMs >= eventsMs || gone >= limit) return gone;
    const personal = await this.#oldest(PERSONAL_MAILS, now - personalMs, limit - gone);
    return gone + (await this.#mails.change(personal, (_id, record) => stripped(record)));
  }

  async #eraseWith(term: string, address: string): Promise<number> {
    // A mail that was changed has the term no more, so that the first ones are others each time.
    for (let changed = 0; ;) {
      const ids = await this.#mailsWith(term);
      if (ids.length === 0) return changed;
      changed += await this.#mails.change(ids, (_id, before) => stripped(before, address));
      await this.#ask((client) => client.zrem(this.#key(term), ...ids));
    }
  }

  async #candidates(reference: MailReference): Promise<readonly StoredRecord[]> {
    if ('mailId' in reference) return this.#read([reference.mailId]);
    if ('providerMessageId' in reference) {
      return this.#read(await this.#mailsWith(providerTerm(reference.providerMessageId)));
    }
    const { messageId } = reference;
    const own = mailIdIn(messageId);
    const ids = own === undefined ? [] : [own];
    const records = await this.#read([...ids, ...(await this.#mailsWith(messageIdTerm(messageId)))]);
    return records.filter((record) => mailOf(record).messageId === messageId);
  }

  /** Those that are there, newest first. */
  async #read(ids: readonly string[]): Promise<readonly StoredRecord[]> {
    const found = await this.#mails.read(ids);
    return Array.from(found.values()).toSorted((a, b) => b.createdAt - a.createdAt);
  }

  #mailsWith(term: string): Promise<readonly string[]> {
    return this.#ask((client) => client.zrevrange(this.#key(term), 0, AT_ONCE - 1));
  }

  #count(): Promise<number> {
    return this.#ask((client) => client.zcard(this.#key(ALL_MAILS)));
  }

  #first(count: number): Promise<readonly string[]> {
    return count <= 0
      ? Promise.resolve([])
      : this.#ask((client) => client.zrange(this.#key(ALL_MAILS), 0, count - 1));
  }

  async #oldest(term: string, until: number, count: number): Promise<readonly string[]> {
    if (count <= 0) return [];
    return this.#ask((client) =>
      client.zrangebyscore(this.#key(term), '-inf', `(${until}`, 'LIMIT', 0, count),
    );
  }

  #key(term: string): string {
    return `${this.#s.base}j:x:${term}`;
  }

  #run(name: 'forgetHours', ...args: readonly number[]) {
    const { clock, leaseClock } = this.#s;
    const all = [clock.now(), leaseClock?.() ?? '', ...args];
    return this.#link.run(name, all, { what: 'write the journal', timeoutMs: TIMEOUT_MS });
  }

  #ask<T>(ask: (client: RedisLink['client']) => Promise<T>): Promise<T> {
    const { client } = this.#link;
    return this.#link.ask(() => ask(client), { what: 'read the journal', timeoutMs: TIMEOUT_MS });
  }
}

function emptyRecord(mailId: string, events: readonly MailEvent[]): StoredRecord {
  return { mailId, version: 0, createdAt: events[0]?.at.getTime() ?? 0, events: [] };
}

function stripped(record: StoredRecord | undefined, address?: string): RecordChange | undefined {
  return record && { before: record, after: recordWithout(record, address), counted: [] };
}
