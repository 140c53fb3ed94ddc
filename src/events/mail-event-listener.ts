import type { MailEventFilter } from './mail-event-filter.js';
import type { RelayEvent, RelayEventType } from './relay-event.js';

/** When a durable listener that fails is given up on; what is not set does not end it. */
export interface ListenerLimit {
  /** How often an event is told at most. */
  readonly maxTries?: number | undefined;
  /** How long after it happened an event is told, milliseconds. */
  readonly giveUpAfterMs?: number | undefined;
}

/** Something that hears events. */
export interface MailEventListener {
  /** For logs, and by which its progress is known from one start to the next: `Signup.markAddress`. */
  readonly name: string;
  readonly types: readonly RelayEventType[];
  readonly filter: MailEventFilter;
  /** May be slow and may fail; neither changes what the relay does. */
  readonly handle: (event: RelayEvent) => unknown;
  /**
   * Takes many events in one call instead, at most MOST_AT_ONCE, where there is an event log: they are done together,
   * and told again together when it fails.
   */
  readonly handleMany?: ((events: readonly RelayEvent[]) => Promise<unknown>) | undefined;
  /** How long events of a log are gathered before they are read, milliseconds. @default a moment */
  readonly gatherMs?: number | undefined;
  /** An event is told again until the listener fulfils, where there is an event log. @default undefined: told once */
  readonly durable?: ListenerLimit | undefined;
  /** Each process hears every event. @default false: each event is heard once per application */
  readonly everyProcess?: boolean | undefined;
  /** A part of the relay itself: takes what there is, and nobody need be told. @default false */
  readonly isOwn?: boolean | undefined;
}

/** Events in one call of `handleMany`. */
export const MOST_AT_ONCE = 500;
