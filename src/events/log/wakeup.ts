import type { Clock } from '../../core/schedule/clock.js';

/** Lets one loop wait until somebody has something for it; what comes while it works is not lost. */
export class Wakeup {
  readonly #clock: Clock;
  #isAwake = false;
  #resolve: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isAwake = true;
    this.#resolve?.();
  }

  /** Resolves when it is woken, or was since it waited last, or when the time is over. */
  async wait(ms: number): Promise<void> {
    if (!this.#isAwake) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve);
        this.#resolve = () => {
          cancel();
          resolve();
        };
      });
      this.#resolve = undefined;
    }
    this.#isAwake = false;
  }
}
