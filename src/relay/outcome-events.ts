import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import type { Mail } from '../core/mail/mail.js';
import type { SmtpReply } from '../core/failure/smtp-reply.js';
import { bounceKindOf } from '../events/bounce-kind.js';
import type { MailEvent } from '../events/mail-event.js';
import { mailEventBase } from '../events/mail-event-base.js';
import type { SpooledRecipient } from '../spool/spooled-mail.js';

/** The event that tells what an attempt changed for one recipient; undefined for states no attempt leads to. */
export function outcomeEvent(
  mail: Mail,
  recipient: SpooledRecipient,
  attempt: number,
  at: number,
  reply?: SmtpReply,
): MailEvent | undefined {
  const { address, state, transport, providerMessageId, dueAt, reason = '' } = recipient;
  switch (state) {
    case 'sent':
      return {
        ...mailEventBase(state, mail, address, attempt, at),
        attempt,
        transport,
        providerMessageId,
        reply,
      };
    case 'deferred':
      return {
        ...repeatable(mailEventBase(state, mail, address, attempt, at), dueAt),
        attempt,
        transport,
        failure: failureOf(recipient),
        nextAttemptAt: new Date(dueAt ?? at),
      };
    case 'bounced': {
      const failure = failureOf(recipient);
      return {
        ...mailEventBase(state, mail, address, attempt, at),
        attempt,
        transport,
        failure,
        kind: bounceKindOf(failure),
        suppress: failure.suppress,
      };
    }
    case 'failed':
      return {
        ...mailEventBase(state, mail, address, attempt, at),
        attempt,
        transport,
        failure: failureOf(recipient),
      };
    case 'uncertain':
      return {
        ...repeatable(mailEventBase(state, mail, address, attempt, at), dueAt),
        attempt,
        transport,
        failure: failureOf(recipient),
        nextAttemptAt: dueAt === undefined ? undefined : new Date(dueAt),
      };
    case 'held':
      return {
        ...repeatable(mailEventBase(state, mail, address, attempt, at), dueAt),
        until: dueAt === undefined ? undefined : new Date(dueAt),
        reason,
      };
    case 'suppressed':
      return { ...mailEventBase(state, mail, address, attempt, at), reason };
    case 'queued':
    case 'cancelled':
      return undefined;
    default: {
      const never: never = state;
      return never;
    }
  }
}

/** An attempt that did not count has the number of the next one, and yet is another fact. */
function repeatable<Base extends { readonly id: string }>(base: Base, dueAt: number | undefined): Base {
  return { ...base, id: `${base.id}.${dueAt ?? 0}` };
}

function failureOf(recipient: SpooledRecipient): DeliveryFailure {
  if (recipient.failure) return recipient.failure;
  throw new TypeError(`a recipient that is ${recipient.state} carries a failure`);
}
