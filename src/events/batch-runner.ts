import { MOST_AT_ONCE, type MailEventListener } from './mail-event-listener.js';
import type { RelayEvent } from './relay-event.js';

/** How many events may wait for one listener. */
const MAX_WAITING = 10_000;

/** Calls one listener that takes many events at once: one call after the other, each with all that came meanwhile. */
export class BatchRunner {
  readonly listener: MailEventListener;
  readonly #warn: (message: string, error?: unknown) => void;
  #waiting: RelayEvent[] = [];
  #running: Promise<void> | undefined;
  #missed = 0;

  constructor(listener: MailEventListener, warn: (message: string, error?: unknown) => void) {
    this.listener = listener;
    this.#warn = warn;
  }

  /** How many events wait. */
  get pending(): number {
    return this.#waiting.length;
  }

  run(event: RelayEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      if (this.#missed++ === 0) {
        this.#warn(
          `Listener ${this.listener.name} has ${MAX_WAITING} events waiting and misses events until it catches up.`,
        );
      }
      return;
    }
    this.#waiting.push(event);
    this.#running ??= this.#callOn();
  }

  /** Resolves when nothing waits and no call is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #callOn(): Promise<void> {
    const { name, handleMany } = this.listener;
    // What is published in the same turn is taken together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      try {
        await handleMany?.(batch);
      } catch (error) {
        this.#warn(`Listener ${name} failed on ${batch.length} events. Delivery is not affected.`, error);
      }
    }
    if (this.#missed > 0) {
      this.#warn(`Listener ${name} caught up; it missed ${this.#missed} events.`);
      this.#missed = 0;
    }
    this.#running = undefined;
  }
}
