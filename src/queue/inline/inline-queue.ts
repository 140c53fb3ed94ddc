import type { MailId } from '../../core/mail/mail-id.js';
import { MailQueue, type LaneConsumer, type LaneCounts, type RingHandler } from '../mail-queue.js';
import { Lane } from './lane.js';

/**
 * The queue inside the process: the embedded default. Rings wait in memory, bounded by what the spool holds, because
 * a mail waits at most once.
 */
export class InlineQueue extends MailQueue {
  readonly #lanes = new Map<string, Lane>();
  #handler: RingHandler | undefined;

  ring(lane: string, ids: readonly MailId[]): void {
    this.#lane(lane).add(ids, this.#handler);
  }

  consume(lanes: readonly LaneConsumer[], handler: RingHandler): void {
    this.#handler = handler;
    for (const { lane, concurrency } of lanes) this.#lane(lane).serve(concurrency, handler);
  }

  async settled(): Promise<void> {
    await Promise.all(Array.from(this.#lanes.values(), (lane) => lane.settled()));
  }

  async stop(): Promise<void> {
    this.#handler = undefined;
    await Promise.all(Array.from(this.#lanes.values(), (lane) => lane.stop()));
  }

  async counts(): Promise<Readonly<Record<string, LaneCounts>>> {
    return Object.fromEntries(Array.from(this.#lanes, ([name, lane]) => [name, lane.counts()]));
  }

  async close(): Promise<void> {
    await this.stop();
    this.#lanes.clear();
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (!lane) this.#lanes.set(name, (lane = new Lane(name)));
    return lane;
  }
}
