import type { Random } from './clock.js';
import type { DeliveryFailure } from '../failure/delivery-failure.js';
import type { DeliveryOutcome } from '../failure/delivery-outcome.js';
import type { RecipientState } from '../mail/delivery-report.js';
import { giveUpAt, nextDelayMs, type RetryPolicy } from './retry-schedule.js';
import type { SmtpReply } from '../failure/smtp-reply.js';

/**
 * What an attempt brought, and what decides about what follows. All times are milliseconds since the epoch.
 *
 * @internal
 */
export interface VerdictInput {
  /** One outcome per recipient of the attempt. */
  readonly outcomes: readonly DeliveryOutcome[];
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  readonly now: number;
  /** When the mail was first due: `Mail.dueAt`. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly policy: RetryPolicy;
  /** What follows an uncertain outcome: another attempt, an operator's decision, or the assumption that it was sent. */
  readonly uncertain: 'retry' | 'hold' | 'assume-sent';
  readonly random: Random;
}

/**
 * One recipient after the attempt.
 *
 * @internal
 */
export interface JudgedRecipient {
  readonly address: string;
  readonly state: Extract<RecipientState, 'sent' | 'deferred' | 'bounced' | 'failed' | 'uncertain'>;
  /** Also there when an uncertain outcome was assumed to be `sent`. */
  readonly failure?: DeliveryFailure | undefined;
  readonly reply?: SmtpReply | undefined;
  readonly providerMessageId?: string | undefined;
  /** When the relay tries again, milliseconds since the epoch; absent when it does not. */
  readonly dueAt?: number | undefined;
}

/**
 * What follows from an attempt. `retry`: some recipients are pending; `give-up`: none is, and some expired; `done`:
 * none is, and each got an answer.
 *
 * @internal
 */
export interface Verdict {
  readonly kind: 'done' | 'retry' | 'give-up';
  /** One per outcome, in the same order. */
  readonly recipients: readonly JudgedRecipient[];
  /** False when the attempt is not to use up the schedule: only a transport of ours was at fault. */
  readonly countAttempt: boolean;
}

/**
 * Tells what follows from the outcomes of an attempt. Pure: the relay settles and publishes what it says.
 *
 * @internal
 */
export function judge(input: VerdictInput): Verdict {
  // Drawn once, so that recipients who failed together are due together, in one transaction.
  const drawn = input.random();
  const settled = { ...input, random: () => drawn };
  const recipients = input.outcomes.map((outcome) => judgeRecipient(outcome, settled));
  const pending = recipients.some(({ dueAt }) => dueAt !== undefined);
  const expired = recipients.some(({ failure }) => failure?.class === 'expired');
  const failures = recipients.flatMap(({ failure }) => failure ?? []);
  return {
    kind: pending ? 'retry' : expired ? 'give-up' : 'done',
    recipients,
    countAttempt: failures.length === 0 || failures.some(({ retry }) => retry !== 'pause'),
  };
}

/**
 * The failure of a recipient the relay gave up on, with the last answer it got. It blames nobody: an address is
 * never bad because time ran out. That its mailbox was full all the time is worth counting, though.
 *
 * @param last the failure of the last attempt
 * @internal
 */
export function expiredFailure(last?: DeliveryFailure): DeliveryFailure {
  return {
    class: 'expired',
    scope: 'none',
    permanent: true,
    ambiguous: false,
    retry: 'no',
    failover: 'no',
    suppress: last?.scope === 'recipient' && last.suppress === 'count' ? 'count' : 'no',
    throttle: 'none',
    blame: 'nobody',
    stage: last?.stage ?? 'conn',
    ...(last?.reply && { reply: last.reply }),
    summary: last
      ? `The time for delivery ran out; the last failure was: ${last.summary}`
      : 'The time for delivery ran out.',
  };
}

function judgeRecipient(outcome: DeliveryOutcome, input: VerdictInput): JudgedRecipient {
  const { address } = outcome;
  if (outcome.state === 'sent') {
    const { reply, providerMessageId } = outcome;
    return { address, state: 'sent', reply, providerMessageId };
  }
  const { failure } = outcome;
  if (outcome.state === 'uncertain' || failure.ambiguous) return judgeUncertain(address, failure, input);
  const { reply } = failure;
  if (outcome.state === 'bounced') {
    return { address, state: failure.scope === 'recipient' ? 'bounced' : 'failed', failure, reply };
  }
  const until = giveUpAt({ ...input, failure });
  if (input.now >= until) return { address, state: 'failed', failure: expiredFailure(failure), reply };
  const dueAt = Math.min(input.now + nextDelayMs({ ...input, failure }), until);
  return { address, state: 'deferred', failure, reply, dueAt };
}

function judgeUncertain(address: string, failure: DeliveryFailure, input: VerdictInput): JudgedRecipient {
  const { reply } = failure;
  switch (input.uncertain) {
    case 'assume-sent':
      return { address, state: 'sent', failure, reply };
    case 'hold':
      return { address, state: 'uncertain', failure, reply };
    case 'retry': {
      const { uncertainMinMs } = input.policy;
      const wait = Math.max(nextDelayMs({ ...input, failure }), uncertainMinMs);
      const dueAt = Math.min(input.now + wait, input.expiresAt);
      // Closer than the least wait a second copy is likely; what nobody knows then stays uncertain for good.
      if (dueAt < input.now + uncertainMinMs) return { address, state: 'uncertain', failure, reply };
      return { address, state: 'uncertain', failure, reply, dueAt };
    }
    default: {
      const never: never = input.uncertain;
      return never;
    }
  }
}
