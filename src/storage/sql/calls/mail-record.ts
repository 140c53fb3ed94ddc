import type { Mail } from '../../../core/mail/mail.js';
import type { Claim } from '../../../spool/spool.js';
import type { SpooledMail, SpooledRecipient } from '../../../spool/spooled-mail.js';
import type { MailRow } from '../tables/spool-queries.js';
import type { KnownStream } from './stream-totals.js';

/**
 * What writes the JSON of a row. A row of another number is of a version that knows more than this one: it is left
 * alone.
 */
export const RECORD_VERSION = 1;

/** The mail of a row; undefined when it cannot be read. */
export function readRecord(row: MailRow): SpooledMail | undefined {
  const mail = parsed(row.mail);
  const recipients = parsed(row.recipients);
  if (!isMail(mail, row.id) || !areRecipients(recipients)) return undefined;
  // Without the mark it would be sent again as if nothing had happened.
  const marks = [row.handed_over, row.abandoned];
  if (marks.some((mark) => mark !== null && !readHandedOver(mark))) return undefined;
  return { mail, recipients, attempts: row.attempts };
}

/** The mail of a row as far as it can be read, for people: what is lost is empty. */
export function readAsFarAsPossible(row: MailRow, { lane, stream }: KnownStream): SpooledMail {
  const mail = parsed(row.mail);
  const recipients = parsed(row.recipients);
  return {
    mail: isMail(mail, row.id) ? mail : lostMail(row, lane, stream),
    recipients: areRecipients(recipients) ? recipients : [],
    attempts: row.attempts,
  };
}

/** The try that a claim left behind after its handed-over mark; undefined when there is none, or it cannot be read. */
export function readHandedOver(json: string | null): Claim['abandoned'] {
  const value = json === null ? undefined : parsed(json);
  return isHandedOver(value) ? value : undefined;
}

/** The recipients whose moment has come. */
export function dueRecipients(
  recipients: readonly SpooledRecipient[],
  now: number,
): readonly SpooledRecipient[] {
  return recipients.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function isMail(value: unknown, id: string): value is Mail {
  if (typeof value !== 'object' || value === null) return false;
  const mail = value as Partial<Mail>;
  return mail.id === id && typeof mail.envelope === 'object' && Array.isArray(mail.envelope.to);
}

function areRecipients(value: unknown): value is readonly SpooledRecipient[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === 'object' &&
        one !== null &&
        typeof (one as Partial<SpooledRecipient>).address === 'string' &&
        typeof (one as Partial<SpooledRecipient>).state === 'string',
    )
  );
}

function isHandedOver(value: unknown): value is NonNullable<Claim['abandoned']> {
  if (typeof value !== 'object' || value === null) return false;
  const { transport, recipients } = value as Partial<NonNullable<Claim['abandoned']>>;
  return typeof transport === 'string' && Array.isArray(recipients);
}

function lostMail({ id, tenant, bytes, due_at: dueAt }: MailRow, lane: string, stream: string): Mail {
  return {
    id,
    relay: '',
    messageId: '',
    stream,
    lane,
    tenant,
    envelope: { from: '', to: [] },
    fromDomain: '',
    tags: [],
    metadata: {},
    createdAt: 0,
    dueAt: dueAt ?? 0,
    expiresAt: 0,
    smtpUtf8: false,
    sizeBytes: bytes,
  };
}
