import type { MailId } from '../../core/mail/mail-id.js';
import type { MailEvent } from '../../events/mail-event.js';
import { JournalStore, type CheckedCounterQuery, type CheckedSearch } from '../../journal/journal-store.js';
import type {
  ErasedData,
  EventCount,
  FoundMail,
  JournalPage,
  MailReference,
  MailTimeline,
} from '../../journal/mail-journal.js';
import type { SqlEventLog } from './sql-event-log.js';
import type { SpoolClient } from './thread/spool-client.js';

/** The journal in a spool's file: its event log, looked at by mail, recipient and hour. */
export class SqlJournalStore extends JournalStore {
  readonly fedBy = 'log';
  readonly #client: SpoolClient;
  readonly #events: SqlEventLog;

  constructor(client: SpoolClient, events: SqlEventLog) {
    super();
    this.#client = client;
    this.#events = events;
  }

  async record(events: readonly MailEvent[]): Promise<void> {
    await this.#events.append(events);
  }

  async timeline(mailId: MailId): Promise<MailTimeline | undefined> {
    return this.#client.ask('timeline', [mailId]);
  }

  async search(search: CheckedSearch): Promise<JournalPage> {
    return this.#client.ask('search', [search]);
  }

  async counters(query: CheckedCounterQuery): Promise<readonly EventCount[]> {
    return this.#client.ask('counters', [query]);
  }

  async find(reference: MailReference): Promise<FoundMail | undefined> {
    return this.#client.ask('find', [reference]);
  }

  async erase(address: string): Promise<ErasedData> {
    let recipients = 0;
    for (;;) {
      const some = await this.#client.ask('eraseSome', [address]);
      if (some.recipients === 0) return { recipients };
      recipients += some.recipients;
    }
  }

  async purge(limit: number): Promise<number> {
    return this.#client.ask('purgeJournal', [limit]);
  }
}
