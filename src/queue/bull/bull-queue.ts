import type { Queue } from 'bull';
import type { Log } from '../../core/log.js';
import type { MailId } from '../../core/mail/mail-id.js';
import { MailQueue, type LaneConsumer, type LaneCounts, type RingHandler } from '../mail-queue.js';
import { LaneQueue } from './lane-queue.js';

export interface BullQueueOptions {
  /** Bull's queues by lane. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** A promise while no mail is to be worked on, because the spool could not be asked; undefined otherwise. */
  readonly whenWell: () => Promise<void> | undefined;
  /** Ends the connections, after everything else. */
  readonly disconnect: () => Promise<void>;
  readonly log: Log;
}

/** How long an error of Bull is not worth another line, milliseconds. */
const QUIET_MS = 30_000;

/** The bell in Redis: one Bull queue for each lane, heard by every process of the relay. */
export class BullQueue extends MailQueue {
  readonly #o: BullQueueOptions;
  readonly #lanes: ReadonlyMap<string, LaneQueue>;
  #quietUntil = 0;

  constructor(options: BullQueueOptions) {
    super();
    this.#o = options;
    const lanes = Array.from(options.queues, ([lane, queue]) => {
      const laneQueue = new LaneQueue(queue, (error) => this.#tell(lane, error));
      return [lane, laneQueue] as const;
    });
    this.#lanes = new Map(lanes);
  }

  async ring(lane: string, ids: readonly MailId[]): Promise<void> {
    await this.#lane(lane).ring(ids);
  }

  override maySkip(lane: string): boolean {
    return this.#lane(lane).isOpen && this.#o.whenWell() === undefined;
  }

  consume(lanes: readonly LaneConsumer[], handler: RingHandler): void {
    for (const { lane, concurrency } of lanes) {
      this.#lane(lane).serve(concurrency, async (id) => {
        // What is in hand waits here, and nothing more is taken.
        await this.#o.whenWell();
        await handler(id, lane);
      });
    }
  }

  /** Rings wait in Redis, for any process. */
  async settled(): Promise<void> {}

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#lanes.values(), (lane) => lane.stop()));
  }

  async counts(): Promise<Readonly<Record<string, LaneCounts>>> {
    const counts = Array.from(this.#lanes, async ([name, lane]) => [name, await lane.counts()] as const);
    return Object.fromEntries(await Promise.all(counts));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#lanes.values(), (lane) => lane.close()));
    await this.#o.disconnect();
  }

  #lane(name: string): LaneQueue {
    const lane = this.#lanes.get(name);
    if (!lane) throw new TypeError(`no Bull queue for the lane ${name}`);
    return lane;
  }

  /** Bull repeats an error every second while Redis is away. */
  #tell(lane: string, error: unknown): void {
    const now = performance.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#o.log.warn(
      `Lane ${lane}: Bull reports ${error instanceof Error ? error.message : String(error)}. No mail is lost by it.`,
    );
  }
}
