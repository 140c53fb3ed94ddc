import type { JournalQueries } from '../tables/journal-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';

const HOUR_MS = 3_600_000;

/** What an event counts as. */
export interface Counted {
  readonly at: number;
  readonly type: string;
  readonly stream: string;
  readonly transport: string;
  readonly domain: string;
}

/** Counts the events of a transaction by the hour, and writes each sum once at its end. */
export class HourTally {
  readonly #db: SqlConnection;
  readonly #queries: JournalQueries;
  readonly #counts = new Map<string, { readonly of: Counted; count: number }>();

  constructor(db: SqlConnection, queries: JournalQueries) {
    this.#db = db;
    this.#queries = queries;
  }

  add(event: Counted): void {
    const { type, stream, transport, domain } = event;
    const key = `${hourOf(event.at)}\n${type}\n${stream}\n${transport}\n${domain}`;
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { of: event, count: 1 });
  }

  async write(): Promise<void> {
    if (this.#counts.size === 0) return;
    const { countHour, countDomainHour } = this.#queries;
    const sums = new Map<string, { readonly of: Counted; count: number }>();
    for (const { of, count } of this.#counts.values()) {
      const { type, stream, transport, domain } = of;
      const hour = hourOf(of.at);
      await this.#db.run(countDomainHour, { hour, type, stream, transport, domain, count });
      const key = `${hour}\n${type}\n${stream}\n${transport}`;
      const sum = sums.get(key);
      if (sum) sum.count += count;
      else sums.set(key, { of, count });
    }
    for (const { of, count } of sums.values()) {
      const { type, stream, transport } = of;
      await this.#db.run(countHour, { hour: hourOf(of.at), type, stream, transport, domain: '', count });
    }
    this.#counts.clear();
  }

  /** Forgets what was of a transaction that was rolled back. */
  clear(): void {
    this.#counts.clear();
  }
}

/** The hour of a moment, as it is stored: when it begins. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}
