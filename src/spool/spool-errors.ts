import type { Mail } from '../core/mail/mail.js';
import type { MailId } from '../core/mail/mail-id.js';
import { MailRelayError } from '../core/mail-relay-error.js';

/** What a spool throws to a worker whose claim is another's by now. */
export function claimLost({ mail }: { readonly mail: Pick<Mail, 'id'> }): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_CLAIM_LOST',
    `The claim on mail ${mail.id} was lost to another worker; this attempt must not write any more.`,
  );
}

/** What a spool throws for an idempotency key that stands for another draft already. */
export function idempotencyConflict(known: MailId): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT',
    `The idempotency key was used for another draft (mail ${known}). Use one key for one draft, or leave it out.`,
    { field: 'idempotencyKey' },
  );
}
