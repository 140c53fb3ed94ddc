import type { SpoolCounts } from '../../../spool/spool.js';
import type { SpoolQueries } from '../tables/spool-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';

/** One stream in its lane. */
export interface KnownStream {
  readonly key: number;
  readonly lane: string;
  readonly stream: string;
  pending: number;
  claimed: number;
  bytes: number;
}

type Change = Partial<Pick<KnownStream, 'pending' | 'claimed' | 'bytes'>>;

/**
 * The streams of a spool with their totals. Changes are collected while a transaction runs and written once at its end.
 */
export class StreamTotals {
  readonly #db: SqlConnection;
  readonly #queries: SpoolQueries;
  readonly #byKey = new Map<number, KnownStream>();
  readonly #byName = new Map<string, KnownStream>();
  readonly #changed = new Map<number, Required<Change>>();

  constructor(db: SqlConnection, queries: SpoolQueries) {
    this.#db = db;
    this.#queries = queries;
  }

  /** Reads them again: at the start, and when a transaction was rolled back. */
  async load(): Promise<void> {
    this.#byKey.clear();
    this.#byName.clear();
    this.#changed.clear();
    for (const { stream_key: key, ...row } of await this.#db.all(this.#queries.streams, {})) {
      this.#know({ key, ...row });
    }
  }

  get all(): Iterable<KnownStream> {
    return this.#byKey.values();
  }

  get(key: number): KnownStream {
    const known = this.#byKey.get(key);
    if (!known) throw new Error(`the file has a mail of a stream it does not know, ${key}`);
    return known;
  }

  async keyOf(lane: string, stream: string): Promise<number> {
    const known = this.#byName.get(nameOf(lane, stream));
    if (known) return known.key;
    const added = await this.#db.first(this.#queries.addStream, { lane, stream });
    if (!added) throw new Error('a stream that was added has no key');
    this.#know({ key: added.stream_key, lane, stream, pending: 0, claimed: 0, bytes: 0 });
    return added.stream_key;
  }

  change(key: number, { pending = 0, claimed = 0, bytes = 0 }: Change): void {
    const known = this.get(key);
    known.pending += pending;
    known.claimed += claimed;
    known.bytes += bytes;
    const before = this.#changed.get(key);
    this.#changed.set(key, {
      pending: (before?.pending ?? 0) + pending,
      claimed: (before?.claimed ?? 0) + claimed,
      bytes: (before?.bytes ?? 0) + bytes,
    });
  }

  /** Writes what changed; called before each commit. */
  async write(): Promise<void> {
    for (const [key, change] of this.#changed) {
      await this.#db.run(this.#queries.addToStream, { key, ...change });
    }
    this.#changed.clear();
  }

  counts(): SpoolCounts {
    const sum = { pending: 0, claimed: 0, bytes: 0 };
    for (const { pending, claimed, bytes } of this.#byKey.values()) {
      sum.pending += pending;
      sum.claimed += claimed;
      sum.bytes += bytes;
    }
    return sum;
  }

  #know(stream: KnownStream): void {
    this.#byKey.set(stream.key, stream);
    this.#byName.set(nameOf(stream.lane, stream.stream), stream);
  }
}

function nameOf(lane: string, stream: string): string {
  return `${lane}\n${stream}`;
}
