import { isThenable } from './is-thenable.js';
import type { MailEventListener } from './mail-event-listener.js';
import { lineOf, subjectOf, type RelayEvent } from './relay-event.js';

/** How many calls of one listener may be under way or waiting. */
const MAX_PENDING = 10_000;
/** How many failures are logged in a second: one that fails on everything would fill the disk, and take longer than the mail. */
const MAX_LOGGED = 10;
const LOG_PERIOD_MS = 1_000;

/**
 * Calls one listener: events about the same mail and recipient, or the same transport, one after the other, others side by side. A listener
 * that fails is logged, one that falls too far behind misses events and is named.
 */
export class ListenerRunner {
  readonly listener: MailEventListener;
  readonly #warn: (message: string, error?: unknown) => void;
  /** The last call under way for each mail and recipient, or transport. */
  readonly #chains = new Map<string, Promise<void>>();
  #pending = 0;
  #missed = 0;
  readonly #now: () => number;
  #failures = 0;
  #failuresSince = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds that only grow */
  constructor(
    listener: MailEventListener,
    warn: (message: string, error?: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#now = now;
    this.listener = listener;
    this.#warn = warn;
  }

  /** How many calls are under way or waiting. */
  get pending(): number {
    return this.#pending;
  }

  run(event: RelayEvent): void {
    if (this.#pending >= MAX_PENDING) {
      if (this.#missed++ === 0) {
        this.#warn(
          `Listener ${this.listener.name} has ${MAX_PENDING} unfinished calls and misses events until it catches up.`,
        );
      }
      return;
    }
    const key = lineOf(event);
    const before = this.#chains.get(key);
    let call: Promise<void>;
    if (before) {
      call = before.then(() => this.#call(event));
    } else {
      // Called from here, and from few frames further up: an error that a listener makes takes longer with each of them.
      try {
        const result = this.listener.handle(event);
        if (!isThenable(result)) return;
        call = this.#end(event, result);
      } catch (error) {
        return this.#failed(event, error);
      }
    }
    this.#pending++;
    const done = call.then(() => {
      this.#pending--;
      if (this.#pending === 0 && this.#missed > 0) {
        this.#warn(`Listener ${this.listener.name} caught up; it missed ${this.#missed} events.`);
        this.#missed = 0;
      }
      if (this.#chains.get(key) === done) this.#chains.delete(key);
    });
    this.#chains.set(key, done);
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    while (this.#chains.size > 0) await Promise.all(this.#chains.values());
  }

  /** Calls the listener for an event that waited. Never rejects. */
  async #call(event: RelayEvent): Promise<void> {
    try {
      await this.listener.handle(event);
    } catch (error) {
      this.#failed(event, error);
    }
  }

  /** When a call has ended that is under way. Never rejects. */
  async #end(event: RelayEvent, result: PromiseLike<unknown>): Promise<void> {
    try {
      await result;
    } catch (error) {
      this.#failed(event, error);
    }
  }

  #failed(event: RelayEvent, error: unknown): void {
    const now = this.#now();
    if (now - this.#failuresSince >= LOG_PERIOD_MS) {
      this.#failures = 0;
      this.#failuresSince = now;
    }
    this.#failures++;
    if (this.#failures > MAX_LOGGED) {
      if (this.#failures === MAX_LOGGED + 1) {
        this.#warn(
          `Listener ${this.listener.name} fails more than ${MAX_LOGGED} times a second; the others of this second are not logged.`,
        );
      }
      return;
    }
    this.#warn(
      `Listener ${this.listener.name} failed on "${event.type}" of ${subjectOf(event)}. Delivery is not affected.`,
      error,
    );
  }
}
