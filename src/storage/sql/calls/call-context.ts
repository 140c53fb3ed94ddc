import type { SpoolRetention } from '../../../spool/spool-control.js';
import type { SpoolQueries } from '../tables/spool-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';
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
}

/** What every call works with. */
export class CallContext {
  readonly db: SqlConnection;
  readonly queries: SpoolQueries;
  readonly settings: SpoolSettings;
  readonly streams: StreamTotals;
  readonly pauses: Pauses;
  /** Set for each batch of calls. */
  moment: Moment = { now: 0, steady: 0 };

  constructor(db: SqlConnection, queries: SpoolQueries, settings: SpoolSettings) {
    this.db = db;
    this.queries = queries;
    this.settings = settings;
    this.streams = new StreamTotals(db, queries);
    this.pauses = new Pauses(db, queries);
  }

  /** Reads what is held in memory: at the start, and when a transaction was rolled back. */
  async load(): Promise<void> {
    await this.streams.load();
    await this.pauses.load();
  }
}
