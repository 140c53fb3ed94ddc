import type { SpoolRetention } from '../../../spool/spool-control.js';
import type { JournalRetention } from '../../../journal/journal-store.js';
import type { JournalQueries } from '../tables/journal-queries.js';
import type { SpoolQueries } from '../tables/spool-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';
import { EventRecorder } from './event-recorder.js';
import { Pauses } from './pauses.js';
import { StreamTotals } from './stream-totals.js';

/** When a call is made. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that never jump, for leases. */
  readonly steady: number;
}

export interface SpoolSettings {
  readonly retention: SpoolRetention;
  /** How long a mail nobody claimed waits until it is told again the first time, milliseconds. */
  readonly ringAgainMs: number;
  /** How long events and the journal last. */
  readonly journal: JournalRetention;
}

/** What every call works with. */
export class CallContext {
  readonly db: SqlConnection;
  readonly queries: SpoolQueries;
  readonly journal: JournalQueries;
  readonly settings: SpoolSettings;
  readonly streams: StreamTotals;
  readonly pauses: Pauses;
  readonly events: EventRecorder;
  /** Set for each batch of calls. */
  moment: Moment = { now: 0, steady: 0 };

  constructor(
    db: SqlConnection,
    queries: { readonly spool: SpoolQueries; readonly journal: JournalQueries },
    settings: SpoolSettings,
  ) {
    this.db = db;
    this.queries = queries.spool;
    this.journal = queries.journal;
    this.settings = settings;
    this.streams = new StreamTotals(db, queries.spool);
    this.pauses = new Pauses(db, queries.spool);
    this.events = new EventRecorder(db, queries.journal);
  }

  /** Reads what is held in memory: at the start, and when a transaction was rolled back. */
  async load(): Promise<void> {
    await this.streams.load();
    await this.pauses.load();
    this.events.clear();
  }

  /** Writes what was summed up in memory: at the end of each transaction. */
  async write(): Promise<void> {
    await this.streams.write();
    await this.events.write();
  }
}
