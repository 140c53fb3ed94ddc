import type { ListenerRunner } from '../listener-runner.js';
import type { LoggedEvent } from './event-log.js';
import type { ReaderWork } from './reader-work.js';

/** Calls that may be under way; then no more events are read. */
const WINDOW = 5_000;

/** The work of a listener that is told once: an event is done when the call began. */
export class PassingWork implements ReaderWork {
  readonly #runner: ListenerRunner;

  constructor(runner: ListenerRunner) {
    this.#runner = runner;
  }

  get room(): number {
    return WINDOW - this.#runner.pending;
  }

  take(events: readonly LoggedEvent[]): void {
    for (const { event } of events) this.#runner.run(event);
  }

  startDue(): void {
    // Nothing waits for its time.
  }

  nextDueAt(): undefined {
    return undefined;
  }

  unfinished(): readonly [] {
    return [];
  }

  stop(): void {
    // What was taken counts as done, so that nobody else tells it.
  }

  settled(): Promise<void> {
    return this.#runner.settled();
  }
}
