import type { Clock } from '../core/schedule/clock.js';
import type { Log } from '../core/log.js';
import type { MailEvent } from '../events/mail-event.js';
import type { JournalStore } from './journal-store.js';

export interface JournalRecorderOptions {
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** The time between two rounds of forgetting what is older than the retention, milliseconds. @default 60000 */
  readonly purgeEveryMs?: number | undefined;
}

interface Waiting {
  readonly event: MailEvent;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Events that are recorded together. */
const MOST_AT_ONCE = 500;
/** How long a store that failed is left alone, milliseconds. */
const RETRY_MS = 1000;
const PURGE_AT_ONCE = 1000;

/**
 * Gives a journal the events it is not fed with by a log, in groups and in order, and lets it forget what is old. A store
 * that is away is tried again until it is back; meanwhile events wait.
 */
export class JournalRecorder {
  readonly #o: JournalRecorderOptions;
  #waiting: Waiting[] = [];
  #isRecording = false;
  #isClosed = false;
  #wakes = new Set<() => void>();

  constructor(options: JournalRecorderOptions) {
    this.#o = options;
    this.#purgeLater();
  }

  /** Resolves when the event is recorded. */
  handle(event: MailEvent): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ event, done, failed });
      if (!this.#isRecording) void this.#record();
    });
  }

  /** Ends the waiting: what cannot be recorded at once from here on is lost. */
  onApplicationShutdown(): void {
    this.#isClosed = true;
    for (const wake of this.#wakes) wake();
  }

  async #record(): Promise<void> {
    this.#isRecording = true;
    // What comes in the same turn goes with it.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, MOST_AT_ONCE);
      try {
        await this.#recordInTheEnd(some.map(({ event }) => event));
        for (const { done } of some) done();
      } catch (error) {
        for (const { failed } of some) failed(error);
      }
    }
    this.#isRecording = false;
  }

  async #recordInTheEnd(events: readonly MailEvent[]): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await this.#o.store.record(events);
      } catch (error) {
        if (this.#isClosed) throw error;
        if (isFirst) {
          this.#o.log.warn(`The journal could not be written and is tried again: ${String(error)}`);
        }
        await this.#pause(RETRY_MS);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakes.delete(wake);
        cancel();
        resolve();
      };
      const cancel = this.#o.clock.after(ms, wake);
      this.#wakes.add(wake);
    });
  }

  #purgeLater(): void {
    void this.#pause(this.#o.purgeEveryMs ?? 60_000).then(async () => {
      if (this.#isClosed) return;
      try {
        while (!this.#isClosed && (await this.#o.store.purge(PURGE_AT_ONCE)) >= PURGE_AT_ONCE);
      } catch (error) {
        this.#o.log.warn(`The journal could not forget what is old: ${String(error)}`);
      }
      this.#purgeLater();
    });
  }
}
