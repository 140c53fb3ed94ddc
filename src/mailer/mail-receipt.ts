import type { MailId } from '../core/mail/mail-id.js';
import type { RecipientState } from '../core/mail/delivery-report.js';
import type { Durability } from '../spool/spool.js';

/** What happened to one recipient at admission. @publicApi */
export interface ReceiptRecipient {
  readonly address: string;
  readonly state: RecipientState;
  /** Why it is held or suppressed. */
  readonly reason?: string | undefined;
}

/**
 * What `queue()` resolves with, once the mail is stored.
 *
 * @publicApi
 */
export interface MailReceipt {
  readonly mailId: MailId;
  /** With angle brackets. */
  readonly messageId: string;
  /** True when the idempotency key was known: the receipt is of the first mail, and no second one exists. */
  readonly deduplicated: boolean;
  readonly durability: Durability;
  readonly recipients: readonly ReceiptRecipient[];
}
