import type { MailEvent, MailEventType } from './mail-event.js';
import type { MailEventFilter } from './mail-event-filter.js';

/** Something that hears events. */
export interface MailEventListener {
  /** For logs: `Signup.markAddress`. */
  readonly name: string;
  readonly types: readonly MailEventType[];
  readonly filter: MailEventFilter;
  /** May be slow and may fail; neither changes what the relay does. */
  readonly handle: (event: MailEvent) => unknown;
}
