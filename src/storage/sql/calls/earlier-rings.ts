import type { CallContext } from './call-context.js';
import { longestRingMs } from './mail-state.js';

interface Place {
  readonly streamKey: number;
  ringAt: number;
  seq: number;
}

/**
 * What was told before the file was opened was told to a process that is gone: it is due again at once. Done in small
 * steps, so that opening a file with a million mails takes no longer than opening an empty one.
 */
export class EarlierRings {
  readonly #context: CallContext;
  readonly #lastSeq: number;
  #places: Place[] | undefined;

  /** @param lastSeq the newest mail when the file was opened; 0 for an empty file */
  constructor(context: CallContext, lastSeq: number) {
    this.#context = context;
    this.#lastSeq = lastSeq;
    if (lastSeq === 0) this.#places = [];
  }

  get isDone(): boolean {
    return this.#places?.length === 0;
  }

  async step(limit: number): Promise<void> {
    const { db, queries, streams, settings, moment } = this.#context;
    this.#places ??= Array.from(streams.all, ({ key }) => ({ streamKey: key, ringAt: moment.now, seq: 0 }));
    const [place] = this.#places;
    if (!place) return;
    const until = moment.now + longestRingMs(settings.ringAgainMs);
    const rows = await db.all(queries.toldBefore, { ...place, until, limit });
    for (const { seq, due_at: dueAt, rings } of rows) {
      const told = seq <= this.#lastSeq && rings > 0 && dueAt !== null && dueAt <= moment.now;
      if (told) await db.run(queries.setRing, { seq, ringAt: dueAt, rings: 0 });
    }
    const last = rows.at(-1);
    if (rows.length < limit || last?.ring_at == null) this.#places.shift();
    else Object.assign(place, { ringAt: last.ring_at, seq: last.seq });
  }
}
