import type { MessageFields } from '../../compose/compose-request.js';
import type { Mailbox } from '../../core/address/mailbox.js';
import type { DraftContent } from './draft-content.js';
import type { DraftLabels } from './draft-labels.js';
import type { DraftRecipients } from './draft-recipients.js';

/**
 * A draft that can become a mail: every address parsed, every default set, nothing unknown. What stands in headers,
 * list headers, attachments, alternatives and the calendar part is carried as it was given, for the composer to
 * check.
 *
 * @internal
 */
export interface ValidDraft extends DraftRecipients, DraftContent, DraftLabels, MessageFields {
  readonly from: Mailbox;
  readonly sender?: Mailbox | undefined;
  readonly replyTo: readonly Mailbox[];
  readonly stream: string;
  /** Milliseconds since the epoch; absent for at once. */
  readonly sendAt?: number | undefined;
  /** Absent for the default. */
  readonly expiresInMs?: number | undefined;
}
