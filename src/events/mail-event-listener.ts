import type { MailEventFilter } from './mail-event-filter.js';
import type { RelayEvent, RelayEventType } from './relay-event.js';

/** Something that hears events. */
export interface MailEventListener {
  /** For logs: `Signup.markAddress`. */
  readonly name: string;
  readonly types: readonly RelayEventType[];
  readonly filter: MailEventFilter;
  /** May be slow and may fail; neither changes what the relay does. */
  readonly handle: (event: RelayEvent) => unknown;
}
