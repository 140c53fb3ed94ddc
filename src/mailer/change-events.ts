import type { MailEvent } from '../events/mail-event.js';
import { mailEventBase } from '../events/mail-event-base.js';
import type { SpooledMail } from '../spool/spooled-mail.js';

/** What is told when a mail was cancelled: one event for each recipient that was still pending. */
export function cancelledEvents({ mail, recipients, attempts }: SpooledMail, at: number): MailEvent[] {
  return recipients
    .filter(({ state }) => state === 'cancelled')
    .map(({ address }) => mailEventBase('cancelled', mail, address, attempts, at));
}
