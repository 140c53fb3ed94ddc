import type { MailId } from '../core/mail/mail-id.js';
import type { MailEvent } from '../events/mail-event.js';
import type {
  CounterDimension,
  CounterQuery,
  ErasedData,
  EventCount,
  FoundMail,
  JournalPage,
  JournalSearch,
  MailReference,
  MailTimeline,
} from './mail-journal.js';

/** How long a journal remembers, by class of data. @publicApi */
export interface JournalRetention {
  /** Mails, their recipients' states and their events, milliseconds. @default 90 days */
  readonly eventsMs: number;
  /** Addresses, subjects, metadata and the words of servers, milliseconds; never longer than `eventsMs`. @default as long as `eventsMs` */
  readonly personalMs: number;
  /** The counts by hour, milliseconds. @default 400 days */
  readonly countersMs: number;
  /** Mails at most; the oldest go first. @default no bound, and 10 000 in memory */
  readonly maxMails: number;
}

/** A search with everything worked in; its limits were checked. @publicApi */
export interface CheckedSearch extends Omit<JournalSearch, 'limit' | 'since' | 'until'> {
  readonly limit: number;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** A question for counts with everything worked in. @publicApi */
export interface CheckedCounterQuery extends Omit<CounterQuery, 'type' | 'by' | 'since' | 'until'> {
  readonly types?: readonly string[] | undefined;
  readonly by: readonly CounterDimension[];
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/**
 * Where the journal of a relay is kept. `MailJournal` asks it; every adapter passes the same contract suite.
 *
 * @publicApi
 */
export abstract class JournalStore {
  /**
   * `listener`: the relay gives it every event with `record()`. `log`: whatever is written to the relay's `EventLog`, or
   * with a step of its spool, is in the journal by that; nobody calls `record()`.
   */
  abstract readonly fedBy: 'listener' | 'log';

  /**
   * Adds events, each once: one whose id was recorded before changes nothing. They may come in any order; the states of
   * recipients follow `standingAfter()`.
   */
  abstract record(events: readonly MailEvent[]): Promise<void>;

  /** As {@link MailJournal.timeline}. */
  abstract timeline(mailId: MailId): Promise<MailTimeline | undefined>;

  /** As {@link MailJournal.search}. A cursor that is none leads to no page. */
  abstract search(search: CheckedSearch): Promise<JournalPage>;

  /** As {@link MailJournal.counters}; in no order. */
  abstract counters(query: CheckedCounterQuery): Promise<readonly EventCount[]>;

  /** As {@link MailJournal.find}. */
  abstract find(reference: MailReference): Promise<FoundMail | undefined>;

  /** As {@link MailJournal.erase}. */
  abstract erase(address: string): Promise<ErasedData>;

  /** Forgets what is older than the retention, at most about `limit` mails and as many hours of counts. @returns how many */
  abstract purge(limit: number): Promise<number>;
}
