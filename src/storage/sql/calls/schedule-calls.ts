import type { DueMail } from '../../../spool/spool.js';
import type { CallContext } from './call-context.js';
import { EarlierRings } from './earlier-rings.js';
import { RECORD_VERSION } from './mail-record.js';
import { abandoned, ringAgainAt } from './mail-state.js';
import type { SpoolCalls } from './spool-calls.js';
import type { KnownStream } from './stream-totals.js';

type Calls = Pick<SpoolCalls, 'due' | 'nextDueAt'>;

interface Told {
  readonly seq: number;
  readonly id: string;
  readonly lane: string;
  readonly rings: number;
}

/** The schedule: what is due is told, each stream in its turn, and what is paused is not looked at. */
export class ScheduleCalls implements Calls {
  readonly #context: CallContext;
  readonly #earlier: EarlierRings;

  /** @param lastSeq the newest mail when the file was opened; 0 for an empty file */
  constructor(context: CallContext, lastSeq: number) {
    this.#context = context;
    this.#earlier = new EarlierRings(context, lastSeq);
  }

  async due(limit: number): Promise<readonly DueMail[]> {
    const { db, queries } = this.#context;
    await this.#endExpiredClaims(limit);
    if (!this.#earlier.isDone) await this.#earlier.step(limit);
    const told = await this.#takeTurns(limit);
    for (const { seq, rings } of told) {
      await db.run(queries.setRing, { seq, ringAt: ringAgainAt(this.#context, rings), rings: rings + 1 });
    }
    return told.map(({ id, lane }) => ({ id, lane }));
  }

  async nextDueAt(): Promise<number | undefined> {
    const { db, queries, moment } = this.#context;
    if (!this.#earlier.isDone) return moment.now;
    const lease = await db.first(queries.nextLease, {});
    let next = lease?.at == null ? Number.POSITIVE_INFINITY : lease.at - moment.steady + moment.now;
    for (const { key } of this.#unpaused()) {
      const ring = await db.first(queries.nextRing, { streamKey: key });
      if (ring?.at != null && ring.at < next) next = ring.at;
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  async #endExpiredClaims(limit: number): Promise<void> {
    const { db, queries, streams, moment } = this.#context;
    for (const row of await db.all(queries.expiredClaims, { steady: moment.steady, limit })) {
      streams.change(row.stream_key, { claimed: -1 });
      await db.run(queries.writeState, { ...abandoned(row), ring_at: moment.now, rings: 0 });
    }
  }

  /** One mail of each stream in turn, so that no backlog keeps another stream from being told. */
  async #takeTurns(limit: number): Promise<readonly Told[]> {
    const { db, queries, moment } = this.#context;
    const waiting: Told[][] = [];
    for (const { key, lane } of this.#unpaused()) {
      const rows = await db.all(queries.dueOfStream, { streamKey: key, now: moment.now, limit });
      const foreign = rows.filter((row) => row.record_version !== RECORD_VERSION);
      for (const { seq, rings } of foreign) {
        await db.run(queries.setRing, { seq, ringAt: ringAgainAt(this.#context, rings), rings: rings + 1 });
      }
      waiting.push(
        rows.filter((row) => row.record_version === RECORD_VERSION).map((row) => ({ ...row, lane })),
      );
    }
    const told: Told[] = [];
    for (let turn = 0; told.length < limit && waiting.some((rows) => rows.length > turn); turn++) {
      told.push(...waiting.flatMap((rows) => rows[turn] ?? []).slice(0, limit - told.length));
    }
    return told;
  }

  #unpaused(): readonly KnownStream[] {
    const { streams, pauses } = this.#context;
    return Array.from(streams.all).filter((stream) => !pauses.has(stream));
  }
}
