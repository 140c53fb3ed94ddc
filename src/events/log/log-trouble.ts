/** Tells once, for all listeners of a process, that the log does not answer. */
export class LogTrouble {
  readonly #warn: (message: string) => void;
  #isTold = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  began(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#warn(`Listeners hear nothing until the event log answers again, and then what they missed. ${why}`);
  }

  ended(): void {
    this.#isTold = false;
  }
}
