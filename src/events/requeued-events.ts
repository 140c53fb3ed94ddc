import type { Mail } from '../core/mail/mail.js';
import type { MailEvent } from './mail-event.js';
import { mailEventBase } from './mail-event-base.js';

/** A mail with the recipients that wait for a new moment. */
interface Requeued {
  readonly mail: Mail;
  readonly recipients: readonly { readonly address: string; readonly dueAt?: number | undefined }[];
}

/** What is told when a mail was moved to another time, or is tried anew: it is queued, once more. */
export function requeuedEvents({ mail, recipients }: Requeued, at: number): MailEvent[] {
  return recipients.flatMap(({ address, dueAt }): MailEvent[] => {
    if (dueAt === undefined) return [];
    const base = mailEventBase('queued', mail, address, 0, at);
    // Moved away and back it has the due time that it had before, and that is a fact of its own.
    const id = `${base.id}.${at.toString(36)}`;
    return [{ ...base, id, dueAt: new Date(dueAt), again: true }];
  });
}
