import type { Mail } from '../core/mail/mail.js';
import type { MailEventType } from './mail-event.js';

/**
 * What all events about a recipient of a mail share.
 *
 * @param attempt 0 for events before the first attempt
 * @param at milliseconds since the epoch
 */
export function mailEventBase<Type extends MailEventType>(
  type: Type,
  mail: Omit<Mail, 'sizeBytes'>,
  recipient: string,
  attempt: number,
  at: number,
) {
  return {
    type,
    // The same fact has the same id however often it is told; the recipient stands in it by place, not by address, and
    // whoever tries the mail anew, with attempts from 1, gave it another due time.
    id: `${mail.id}.${mail.envelope.to.indexOf(recipient)}.${mail.dueAt.toString(36)}.${attempt}.${type}`,
    relay: mail.relay,
    mailId: mail.id,
    messageId: mail.messageId,
    stream: mail.stream,
    tenant: mail.tenant,
    template: mail.template,
    subject: mail.subject,
    tags: mail.tags,
    metadata: mail.metadata,
    recipient,
    ...(mail.traceparent !== undefined && { traceparent: mail.traceparent }),
    ...(mail.originalRecipients && { originalRecipients: mail.originalRecipients }),
    at: new Date(at),
  };
}
