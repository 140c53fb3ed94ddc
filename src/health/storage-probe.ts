import { answerWithin } from '../clock/answer-within.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Spool } from '../spool/spool.js';
import { ageOf, lagOf, streamBacklogs } from '../spool/stream-backlogs.js';

/** What the storage said. */
export type StorageResult =
  | { readonly ok: false; readonly reason: string }
  | {
      readonly ok: true;
      readonly pending: number;
      readonly claimed: number;
      /** How late the oldest mail is that is due, not paused and not sent yet, milliseconds. */
      readonly lagMs: number;
      /** How long the oldest pending mail waits, however often it was tried, milliseconds. */
      readonly oldestPendingMs: number;
    };

export interface StorageProbeOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** How long an answer is taken for true, milliseconds: a crowd of probes asks once. */
const FRESH_MS = 1000;

/** Asks the spool how much it holds, and notices when it does not answer. */
export class StorageProbe {
  readonly #o: StorageProbeOptions;
  #last: { readonly result: StorageResult; readonly at: number } | undefined;
  #underway: Promise<StorageResult> | undefined;

  constructor(options: StorageProbeOptions) {
    this.#o = options;
  }

  async result(): Promise<StorageResult> {
    const { clock } = this.#o;
    if (this.#last && clock.steady() - this.#last.at < FRESH_MS) return this.#last.result;
    this.#underway ??= this.#ask().finally(() => {
      this.#underway = undefined;
    });
    const result = await this.#underway;
    this.#last = { result, at: clock.steady() };
    return result;
  }

  async #ask(): Promise<StorageResult> {
    const { clock, timeoutMs } = this.#o;
    try {
      const counts = await answerWithin(clock, timeoutMs, this.#counts());
      return counts ?? { ok: false, reason: `the storage did not answer within ${timeoutMs} ms` };
    } catch {
      // The error may name hosts; the log has it.
      return { ok: false, reason: 'the storage cannot be reached' };
    }
  }

  async #counts(): Promise<StorageResult> {
    const { spool, clock } = this.#o;
    const [{ pending, claimed }, { streams }] = await Promise.all([
      spool.counts(),
      streamBacklogs(spool.control),
    ]);
    const now = clock.now();
    return {
      ok: true,
      pending,
      claimed,
      lagMs: Math.max(0, ...streams.map((one) => lagOf(one, now))),
      oldestPendingMs: Math.max(0, ...streams.map((one) => ageOf(one, now))),
    };
  }
}
