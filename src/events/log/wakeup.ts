import type { Clock } from '../../core/schedule/clock.js';

/** Lets one loop wait until somebody has something for it; what comes while it works is not lost. */
export class Wakeup {
  readonly #clock: Clock;
  #isAwake = false;
  #isOver = false;
  #resolve: (() => void) | undefined;
  #endPause: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isAwake = true;
    this.#resolve?.();
  }

  /** Ends every wait, this one and those to come. */
  end(): void {
    this.#isOver = true;
    this.#endPause?.();
    this.wake();
  }

  /** Resolves when the time is over, whoever wakes it meanwhile. */
  async pause(ms: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
    this.#endPause = undefined;
  }

  /** Resolves when it is woken, or was since it waited last, or when the time is over. */
  async wait(ms: number): Promise<void> {
    if (!this.#isAwake && !this.#isOver) {
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
