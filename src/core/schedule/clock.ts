/**
 * Time as code that decides sees it. The relay, the schedule keeper and the pool ask this port, so that tests
 * can move time by hand.
 *
 * @publicApi
 */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract now(): number;

  /**
   * Milliseconds that only ever grow, whatever is done to the machine's time: for durations within one process, such as
   * leases. From no known moment on.
   */
  steady(): number {
    return this.now();
  }

  /**
   * Calls `callback` once after `delayMs` milliseconds; the returned function cancels it. A timer does not keep
   * the process alive.
   */
  abstract after(delayMs: number, callback: () => void): () => void;
}

/** A source of randomness in `[0, 1)`, injected so that jitter can be tested. */
export type Random = () => number;
