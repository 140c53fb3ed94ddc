import { Clock } from '../core/schedule/clock.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Time that stands still until a test moves it.
 *
 * @publicApi
 */
export class TestClock extends Clock {
  #now: number;
  /** How far the machine's time was moved without time going by. */
  #jumped = 0;
  readonly #timers = new Set<Timer>();

  /** @param start milliseconds since the epoch */
  constructor(start = Date.UTC(2027, 0, 1)) {
    super();
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  override steady(): number {
    return this.#now - this.#jumped;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.steady() + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Sets the machine's time forward or back, as an operator does; no timer comes nearer by it. */
  jump(ms: number): void {
    this.#now += ms;
    this.#jumped += ms;
  }

  /** Moves time forward and calls the timers that come due, in order, letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.steady() + ms;
    for (;;) {
      const [next] = Array.from(this.#timers)
        .filter(({ at }) => at <= until)
        .toSorted((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.steady(), next.at) + this.#jumped;
      next.callback();
      await settle();
    }
    this.#now = until + this.#jumped;
    await settle();
  }
}

/** Lets everything that waits for a promise, and nothing that waits for I/O, go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}
