import { MOST_AT_ONCE } from '../mail-event-listener.js';
import type { WorkOptions } from './durable-work.js';
import type { LoggedEvent, WaitingEvent } from './event-log.js';
import { callListener } from './listener-call.js';
import { isGivenUp, retryDelay } from './listener-retry.js';
import type { ReaderWork } from './reader-work.js';

/** The work of a listener that takes many events in one call: one call after the other, each told until it fulfils. */
export class BatchWork implements ReaderWork {
  readonly #o: WorkOptions;
  #batch: readonly LoggedEvent[] = [];
  #tries = 0;
  #dueAt = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: WorkOptions) {
    this.#o = options;
  }

  get room(): number {
    return this.#batch.length === 0 ? MOST_AT_ONCE : 0;
  }

  take(events: readonly LoggedEvent[], waited?: ReadonlyMap<string, WaitingEvent>): void {
    if (events.length === 0) return;
    this.#batch = [...this.#batch, ...events];
    const before = Array.from(waited?.values() ?? []);
    this.#tries = Math.max(0, ...before.map(({ tries }) => tries));
    this.#dueAt = Math.max(0, ...before.map(({ dueAt }) => dueAt));
    this.startDue();
  }

  startDue(): void {
    if (this.#isStopped || this.#batch.length === 0 || this.#running || this.#dueAt > this.#o.clock.now())
      return;
    this.#running = this.#tell().then(() => {
      this.#running = undefined;
      this.#o.onChange();
    });
  }

  nextDueAt(): number | undefined {
    return this.#batch.length === 0 || this.#running ? undefined : this.#dueAt;
  }

  unfinished(): readonly WaitingEvent[] {
    return this.#batch.map(({ position }) => ({ position, tries: this.#tries, dueAt: this.#dueAt }));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #tell(): Promise<void> {
    const { listener, limit, clock, warn } = this.#o;
    const batch = this.#batch;
    try {
      await callListener(clock, () => listener.handleMany?.(batch.map(({ event }) => event)));
      this.#done();
    } catch (error) {
      this.#tries++;
      const happenedAt = Math.min(...batch.map(({ event }) => event.at.getTime()));
      const about = `Listener ${listener.name} failed on ${batch.length} events`;
      if (isGivenUp(limit, this.#tries, happenedAt, clock.now())) {
        warn(`${about} ${this.#tries} times, and is not told again. Delivery is not affected.`, error);
        this.#done();
        return;
      }
      this.#dueAt = clock.now() + retryDelay(this.#tries);
      warn(`${about}, and is told again in ${Math.ceil(retryDelay(this.#tries) / 1000)} s.`, error);
    }
  }

  #done(): void {
    this.#batch = [];
    this.#tries = 0;
    this.#dueAt = 0;
  }
}
