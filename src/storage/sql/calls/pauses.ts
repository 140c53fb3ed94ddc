import type { PauseTarget } from '../../../spool/spool-control.js';
import type { SpoolQueries } from '../tables/spool-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';

/** What is paused. */
export class Pauses {
  readonly #db: SqlConnection;
  readonly #queries: SpoolQueries;
  readonly #lanes = new Set<string>();
  readonly #streams = new Set<string>();

  constructor(db: SqlConnection, queries: SpoolQueries) {
    this.#db = db;
    this.#queries = queries;
  }

  async load(): Promise<void> {
    this.#lanes.clear();
    this.#streams.clear();
    for (const { kind, name } of await this.#db.all(this.#queries.pauses, {})) this.#named(kind).add(name);
  }

  has({ lane, stream }: { readonly lane: string; readonly stream: string }): boolean {
    return this.#lanes.has(lane) || this.#streams.has(stream);
  }

  get all(): readonly PauseTarget[] {
    return [
      ...Array.from(this.#lanes, (lane) => ({ lane })),
      ...Array.from(this.#streams, (stream) => ({ stream })),
    ];
  }

  async pause(target: PauseTarget): Promise<void> {
    const row = rowOf(target);
    await this.#db.run(this.#queries.pause, row);
    this.#named(row.kind).add(row.name);
  }

  async resume(target: PauseTarget): Promise<void> {
    const row = rowOf(target);
    await this.#db.run(this.#queries.resume, row);
    this.#named(row.kind).delete(row.name);
  }

  #named(kind: 'lane' | 'stream'): Set<string> {
    return kind === 'lane' ? this.#lanes : this.#streams;
  }
}

function rowOf(target: PauseTarget): { kind: 'lane' | 'stream'; name: string } {
  return 'lane' in target ? { kind: 'lane', name: target.lane } : { kind: 'stream', name: target.stream };
}
