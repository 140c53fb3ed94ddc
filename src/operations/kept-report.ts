import type { RecipientReport } from '../core/mail/delivery-report.js';
import type { MailId } from '../core/mail/mail-id.js';
import type { KeptMail, KeptReason } from '../spool/spool-control.js';
import { reportRecipient } from '../spool/spooled-mail.js';

/** A mail the relay gave up on, with the last answer of each recipient; never its content. @publicApi */
export interface FailedMail {
  readonly mailId: MailId;
  readonly messageId: string;
  readonly stream: string;
  readonly lane: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** Why it is kept. */
  readonly reason: KeptReason;
  readonly keptAt: Date;
  /** When it is forgotten; absent when it waits for a decision. */
  readonly keptUntil?: Date | undefined;
  /** Attempts that counted. */
  readonly attempts: number;
  readonly recipients: readonly RecipientReport[];
}

/** Some of the mails the relay gave up on. @publicApi */
export interface FailedPage {
  /** Newest first. */
  readonly mails: readonly FailedMail[];
  /** For the next page; absent on the last one. */
  readonly cursor?: string | undefined;
}

/** What an operator is told of a kept mail. */
export function failedMail({ mail, recipients, attempts, ...kept }: KeptMail): FailedMail {
  const { keptReason, keptAt, keptUntil } = kept;
  return {
    mailId: mail.id,
    messageId: mail.messageId,
    stream: mail.stream,
    lane: mail.lane,
    tenant: mail.tenant,
    template: mail.template,
    tags: mail.tags,
    metadata: mail.metadata,
    createdAt: new Date(mail.createdAt),
    reason: keptReason,
    keptAt: new Date(keptAt),
    ...(keptUntil !== undefined && { keptUntil: new Date(keptUntil) }),
    attempts,
    recipients: recipients.map(reportRecipient),
  };
}
