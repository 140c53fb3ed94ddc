import type { Clock } from '../core/schedule/clock.js';
import type { DueMail, Spool } from './spool.js';

/** How the keeper rings: one lane at a time. */
export type RingLane = (lane: string, ids: readonly string[]) => void | Promise<void>;

export interface ScheduleKeeperOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly ring: RingLane;
  /** Told when the spool cannot be asked; the keeper goes on. */
  readonly onError: (error: unknown) => void;
  /** The longest time between two looks, milliseconds. @default 1000 */
  readonly pollMs?: number | undefined;
  /** Mails per look. @default 1000 */
  readonly batch?: number | undefined;
  /** The time between two rounds of forgetting what is older than the spool's retention, milliseconds. @default 60000 */
  readonly purgeEveryMs?: number | undefined;
}

/**
 * Rings what became due, rings again what nobody claimed, finds expired claims, and lets the spool forget what is old.
 * It decides nothing: losing a ring loses nothing, and many keepers may run on one spool.
 */
export class ScheduleKeeper {
  readonly #options: ScheduleKeeperOptions;
  readonly #pollMs: number;
  readonly #batch: number;
  readonly #purgeEveryMs: number;
  #purgeAt: number;
  #running = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #look: Promise<void> | undefined;

  constructor(options: ScheduleKeeperOptions) {
    this.#options = options;
    this.#pollMs = options.pollMs ?? 1000;
    this.#batch = options.batch ?? 1000;
    this.#purgeEveryMs = options.purgeEveryMs ?? 60_000;
    this.#purgeAt = options.clock.now() + this.#purgeEveryMs;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#wake(this.#options.clock.now());
  }

  /** Resolves when a look in progress has ended. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    await this.#look;
  }

  /** Says that something is due at a time the keeper may not know of yet. */
  expect(at: number): void {
    if (this.#running && at < this.#wakeAt) this.#wake(at);
  }

  #wake(at: number): void {
    this.#cancel?.();
    this.#wakeAt = at;
    this.#cancel = this.#options.clock.after(Math.max(0, at - this.#options.clock.now()), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#look ??= this.#lookAround().finally(() => (this.#look = undefined));
    });
  }

  async #lookAround(): Promise<void> {
    const { spool, clock, ring, onError } = this.#options;
    let nextLook = clock.now() + this.#pollMs;
    try {
      const due = await spool.due(this.#batch);
      for (const [lane, ids] of byLane(due)) await ring(lane, ids);
      const next = due.length === this.#batch ? clock.now() : await spool.nextDueAt();
      if (next !== undefined && next < nextLook) nextLook = next;
      await this.#purge();
    } catch (error) {
      onError(error);
    }
    if (this.#running && nextLook < this.#wakeAt) this.#wake(nextLook);
  }

  /** A bounded number at a time: what is due never waits long for what is old. */
  async #purge(): Promise<void> {
    const { spool, clock } = this.#options;
    const now = clock.now();
    if (now < this.#purgeAt) return;
    const gone = await spool.control.purge(this.#batch);
    if (gone < this.#batch) this.#purgeAt = now + this.#purgeEveryMs;
  }
}

function byLane(due: readonly DueMail[]): Map<string, string[]> {
  const lanes = new Map<string, string[]>();
  for (const { lane, id } of due) {
    const ids = lanes.get(lane);
    if (ids) ids.push(id);
    else lanes.set(lane, [id]);
  }
  return lanes;
}
