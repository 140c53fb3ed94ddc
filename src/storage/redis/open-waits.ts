/**
 * Waits for work that goes on by itself, each until a time of its own, and all of them only until they are ended
 * together. For many short waits: one timer each, and nothing that has to be taken back when the work is done.
 */
export class OpenWaits {
  readonly #ends = new Set<() => void>();
  #isOver = false;

  /** True once they were ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the work gives; undefined when the time was over before, or all waits were ended. */
  until<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
    if (this.#isOver) return Promise.race([work, Promise.resolve(undefined)]);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.#ends.delete(end);
      };
      const end = (): void => {
        leave();
        resolve(undefined);
      };
      const timer = setTimeout(end, timeoutMs);
      this.#ends.add(end);
      work.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Nobody waits any longer, now or later. */
  end(): void {
    this.#isOver = true;
    for (const end of Array.from(this.#ends)) end();
  }
}
