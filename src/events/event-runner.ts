import { BatchRunner } from './batch-runner.js';
import { ListenerRunner } from './listener-runner.js';
import type { MailEventListener } from './mail-event-listener.js';
import type { RelayEvent } from './relay-event.js';

/** Calls one listener for what it is told in this process, once for each event. */
export interface EventRunner {
  readonly listener: MailEventListener;
  /** How many events are not done. */
  readonly pending: number;
  run(event: RelayEvent): void;
  /** Resolves when no call is under way. */
  settled(): Promise<void>;
}

/** The runner that suits a listener. */
export function runnerFor(
  listener: MailEventListener,
  warn: (message: string, error?: unknown) => void,
): EventRunner {
  return listener.handleMany ? new BatchRunner(listener, warn) : new ListenerRunner(listener, warn);
}
