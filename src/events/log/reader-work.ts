import type { LoggedEvent, WaitingEvent } from './event-log.js';

/** What the events are that a reader has read and its listener has not done yet. */
export interface ReaderWork {
  /** How many more events it takes. */
  readonly room: number;

  /** Takes events that follow those before. @param waited what is known of those that were told before, in vain */
  take(events: readonly LoggedEvent[], waited?: ReadonlyMap<string, WaitingEvent>): void;

  /** Begins what is due. */
  startDue(): void;

  /** When something is due next, milliseconds since the epoch; undefined when nothing waits for its time. */
  nextDueAt(): number | undefined;

  /** Everything that is not done: what another process would have to tell. */
  unfinished(): readonly WaitingEvent[];

  /** Begins no further call: somebody else tells what is not done. */
  stop(): void;

  /** Resolves when no call is under way. */
  settled(): Promise<void>;
}
