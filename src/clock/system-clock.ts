import { Clock } from '../core/schedule/clock.js';

/** The machine's time. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  override steady(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    // A longer delay would overflow into an immediate call; whoever waits longer looks again in between.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  }
}
