import { setMaxListeners } from 'node:events';
import { waitFor } from '../clock/wait-for.js';
import type { Log } from '../core/log.js';
import type { LaneConsumer, MailQueue } from '../queue/mail-queue.js';
import type { ScheduleKeeper } from '../spool/schedule-keeper.js';
import type { Claim } from '../spool/spool.js';
import type { SpooledMail } from '../spool/spooled-mail.js';
import type { RelayService } from './relay.service.js';

export interface RelayWorkerOptions {
  readonly relay: RelayService;
  readonly queue: MailQueue;
  readonly keeper: ScheduleKeeper;
  readonly lanes: readonly LaneConsumer[];
  readonly log: Log;
}

/** How long an aborted attempt may take to end, milliseconds. */
const ABORT_GRACE_MS = 5_000;

/**
 * What of the relay runs in this process: consumes the queue, keeps the schedule, knows every attempt under way and
 * ends them in an orderly way.
 */
export class RelayWorker {
  readonly #o: RelayWorkerOptions;
  readonly #shutdown = new AbortController();
  readonly #underway = new Set<Promise<unknown>>();

  constructor(options: RelayWorkerOptions) {
    this.#o = options;
    // Every attempt listens to this one signal.
    setMaxListeners(0, this.#shutdown.signal);
  }

  async start(): Promise<void> {
    const { queue, lanes, keeper } = this.#o;
    await queue.consume(lanes, (id) => this.#track(this.#process(id)));
    keeper.start();
  }

  /** The first attempt of `send()`, on a mail that was claimed as it was stored. */
  async run(claim: Claim): Promise<SpooledMail | undefined> {
    return this.#track(this.#o.relay.deliver(claim, this.#shutdown.signal, true));
  }

  /** Waits until nothing waits in this process's queue, or the time is over. */
  async finishWaiting(withinMs: number): Promise<void> {
    await within(this.#o.queue.settled(), withinMs);
  }

  /** Takes no further mail from the queue; what is claimed goes on. */
  async stopTaking(): Promise<void> {
    await this.#o.keeper.stop();
    // Resolves only when the handlers have ended; `drain` bounds that.
    void this.#o.queue.stop();
  }

  /**
   * Waits for the attempts under way. What has not ended within `drainMs` is aborted before its final dot, or told as
   * uncertain after it, and stays with the spool.
   *
   * @returns how many attempts were aborted
   */
  async drain(drainMs: number): Promise<number> {
    if (await this.#ended(drainMs)) return 0;
    const aborted = this.#underway.size;
    this.#shutdown.abort(new Error('the relay is shutting down'));
    if (!(await this.#ended(ABORT_GRACE_MS))) {
      this.#o.log.warn(`${this.#underway.size} attempts did not end after they were aborted.`);
    }
    return aborted;
  }

  async #process(id: string): Promise<void> {
    try {
      await this.#o.relay.process(id, this.#shutdown.signal);
    } catch (error) {
      // The claim runs out by itself, and the schedule keeper rings again.
      this.#o.log.error(
        `Mail ${id} could not be worked on; it is tried again when its claim expires.`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underway.add(work);
    try {
      return await work;
    } finally {
      this.#underway.delete(work);
    }
  }

  /** True when nothing was under way before the time was over. */
  async #ended(withinMs: number): Promise<boolean> {
    return within(this.#allEnded(), withinMs);
  }

  async #allEnded(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }
}

/** True when the work ended before the time was over. */
async function within(work: Promise<void>, ms: number): Promise<boolean> {
  return (
    (await waitFor(
      work.then(() => true),
      ms,
    )) ?? false
  );
}
