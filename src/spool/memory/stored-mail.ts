import type { Mail } from '../../core/mail/mail.js';
import type { KeptReason } from '../spool-control.js';
import type { Claim, SpoolEntry } from '../spool.js';
import { earliestDueAt, type SpooledMail, type SpooledRecipient } from '../spooled-mail.js';

interface ActiveClaim {
  readonly token: string;
  leaseUntil: number;
  handedOver?: { transport: string; recipients: readonly string[] };
}

/** A mail as the memory spool holds it. */
export interface StoredMail {
  mail: Mail;
  readonly scopedKey: string | undefined;
  readonly fingerprint: string | undefined;
  message: Buffer | undefined;
  recipients: readonly SpooledRecipient[];
  attempts: number;
  crashes: number;
  claim: ActiveClaim | undefined;
  abandoned: Claim['abandoned'];
  /** The one entry of its schedule that counts for this mail; older ones are stale. */
  ringAt: number | undefined;
  finishedAt: number | undefined;
  kept: { readonly reason: KeptReason; readonly serial: number } | undefined;
}

export function storedMail({ mail, message, recipients, idempotency }: SpoolEntry): StoredMail {
  return {
    mail,
    scopedKey: idempotency && scopedKey(mail.tenant, idempotency.key),
    fingerprint: idempotency?.fingerprint,
    message,
    recipients,
    attempts: 0,
    crashes: 0,
    claim: undefined,
    abandoned: undefined,
    ringAt: undefined,
    finishedAt: undefined,
    kept: undefined,
  };
}

/** An idempotency key within its tenant. */
export function scopedKey(tenant: string, key: string): string {
  return `${tenant}\n${key}`;
}

/** What the world sees of it. */
export function snapshot({ mail, recipients, attempts }: StoredMail): SpooledMail {
  return { mail, recipients, attempts };
}

export function isDue({ recipients }: StoredMail, now: number): boolean {
  const at = earliestDueAt(recipients);
  return at !== undefined && at <= now;
}
