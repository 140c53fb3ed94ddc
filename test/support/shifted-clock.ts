import { SystemClock } from '../../src/clock/system-clock.js';

/** The machine's time, which a test may move ahead: waits that are over by then are not waited for. */
export class ShiftedClock extends SystemClock {
  #shiftMs = 0;

  override now(): number {
    return super.now() + this.#shiftMs;
  }

  /** Moves what `now()` says; timers under way stay as they are. */
  shift(ms: number): void {
    this.#shiftMs += ms;
  }
}
