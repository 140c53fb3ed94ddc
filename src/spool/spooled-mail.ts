import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import type { RecipientReport, RecipientState } from '../core/mail/delivery-report.js';
import type { Mail } from '../core/mail/mail.js';

/** One recipient as the spool keeps it. `dueAt` is there while the relay still has something to do. @publicApi */
export interface SpooledRecipient {
  readonly address: string;
  readonly state: RecipientState;
  /** Milliseconds since the epoch. */
  readonly dueAt?: number | undefined;
  readonly transport?: string | undefined;
  readonly providerMessageId?: string | undefined;
  readonly failure?: DeliveryFailure | undefined;
  readonly reason?: string | undefined;
}

/** A mail as the spool keeps it. @publicApi */
export interface SpooledMail {
  readonly mail: Mail;
  readonly recipients: readonly SpooledRecipient[];
  /** Attempts that counted. */
  readonly attempts: number;
}

/** When the first pending recipient is due, milliseconds since the epoch; undefined when none is pending. */
export function earliestDueAt(recipients: readonly SpooledRecipient[]): number | undefined {
  let earliest: number | undefined;
  for (const { dueAt } of recipients) {
    if (dueAt !== undefined && (earliest === undefined || dueAt < earliest)) earliest = dueAt;
  }
  return earliest;
}

/** Recipients after some of them changed. */
export function changedRecipients(
  before: readonly SpooledRecipient[],
  changes: readonly SpooledRecipient[],
): readonly SpooledRecipient[] {
  if (changes.length === 1 && before.length === 1 && changes[0]?.address === before[0]?.address)
    return changes;
  const byAddress = new Map(changes.map((change) => [change.address, change]));
  return before.map((recipient) => byAddress.get(recipient.address) ?? recipient);
}

/** What an application is told about a recipient. */
export function reportRecipient(recipient: SpooledRecipient): RecipientReport {
  const { dueAt, ...rest } = recipient;
  return dueAt === undefined ? rest : { ...rest, nextAttemptAt: new Date(dueAt) };
}
