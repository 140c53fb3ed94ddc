import type { MailEvent } from '../events/mail-event.js';
import { mailEventBase } from '../events/mail-event-base.js';
import type { SpooledMail } from '../spool/spooled-mail.js';

/** The events that tell how a mail was admitted, one per recipient. */
export function admissionEvents({ mail, recipients }: Omit<SpooledMail, 'attempts'>): MailEvent[] {
  const at = mail.createdAt;
  return recipients.map(({ address, state, dueAt = at, reason = '' }): MailEvent => {
    const date = new Date(dueAt);
    switch (state) {
      case 'held':
        return { ...mailEventBase(state, mail, address, 0, at), until: date, reason };
      case 'suppressed':
        return { ...mailEventBase(state, mail, address, 0, at), reason };
      default:
        return { ...mailEventBase('queued', mail, address, 0, at), dueAt: date };
    }
  });
}
