import { setMaxListeners } from 'node:events';
import { waitFor } from '../clock/wait-for.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Log } from '../core/log.js';
import type { MailId } from '../core/mail/mail-id.js';
import type { LaneConsumer, MailQueue } from '../queue/mail-queue.js';
import type { ScheduleKeeper } from '../spool/schedule-keeper.js';
import type { Claim } from '../spool/spool.js';
import type { SpooledMail } from '../spool/spooled-mail.js';
import { LanePlaces } from './lane-places.js';
import type { RelayService } from './relay.service.js';

export interface RelayWorkerOptions {
  readonly relay: RelayService;
  readonly queue: MailQueue;
  readonly keeper: ScheduleKeeper;
  readonly lanes: readonly LaneConsumer[];
  readonly clock: Clock;
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
  /** By lane, once it is started. */
  readonly #places = new Map<string, LanePlaces>();

  constructor(options: RelayWorkerOptions) {
    this.#o = options;
    // Every attempt listens to this one signal.
    setMaxListeners(0, this.#shutdown.signal);
  }

  async start(): Promise<void> {
    const { queue, lanes, keeper, clock } = this.#o;
    for (const { lane, concurrency } of lanes) this.#places.set(lane, new LanePlaces({ concurrency, clock }));
    await queue.consume(lanes, (id, lane) => this.#track(this.#rung(id, lane)));
    keeper.start();
  }

  /** The first attempt of `send()`, on a mail that was claimed as it was stored. */
  async run(claim: Claim): Promise<SpooledMail | undefined> {
    return this.#track(this.#o.relay.deliver(claim, this.#shutdown.signal, true));
  }

  /** A place for a mail that is about to be queued; undefined when it is to be rung. */
  placeIn(lane: string): { take: (claim: Claim) => void; leave: () => void } | undefined {
    const places = this.#places.get(lane);
    if (!places || !this.#o.queue.maySkip(lane) || !places.announce()) return undefined;
    return {
      take: (claim) =>
        places.arrive(
          () => this.#track(this.#deliver(claim)),
          () => void this.#track(this.#giveBack(claim)),
        ),
      leave: () => places.withdraw(),
    };
  }

  /** Waits until nothing waits in this process's queue, or the time is over. */
  async finishWaiting(withinMs: number): Promise<void> {
    await within(this.#o.queue.settled(), withinMs);
  }

  /** Takes no further mail from the queue; what is claimed goes on. */
  async stopTaking(): Promise<void> {
    for (const places of this.#places.values()) places.close();
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

  async #rung(id: MailId, lane: string): Promise<void> {
    const process = (): Promise<void> =>
      this.#guard(id, () => this.#o.relay.process(id, this.#shutdown.signal));
    if (await this.#places.get(lane)?.rung(process)) return;
    await this.#guard(id, async () => this.#o.queue.ring(lane, [id]));
  }

  async #deliver(claim: Claim): Promise<void> {
    const { queue, relay } = this.#o;
    // Something came up while it stood in line.
    if (!queue.maySkip(claim.mail.lane)) return this.#giveBack(claim);
    return this.#guard(claim.mail.id, () => relay.deliver(claim, this.#shutdown.signal));
  }

  /** Lets go of a mail that would have to wait here, and rings it for everybody. */
  async #giveBack(claim: Claim): Promise<void> {
    const { id, lane } = claim.mail;
    await this.#guard(id, async () => {
      if (await this.#o.relay.release(claim)) await this.#o.queue.ring(lane, [id]);
    });
  }

  async #guard(id: MailId, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
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
