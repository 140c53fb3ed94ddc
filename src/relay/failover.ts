import { isBeforeMail } from '../core/failure/before-mail.js';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';

/** From this attempt on a failure in the transaction is the transport's rather than the moment's. */
const LATER_FROM_ATTEMPT = 3;

/** Who may be asked for a recipient within the same attempt: nobody, anyone, or who authenticates the From domain. */
export type NextTransport = 'none' | 'any' | 'authenticating';

export interface FailoverFacts {
  /** Transports asked so far in this attempt. */
  readonly asked: number;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** Whether another transport may be asked after this outcome. */
export function nextTransport(outcome: DeliveryOutcome, { asked, attempt }: FailoverFacts): NextTransport {
  if (outcome.state === 'sent' || outcome.state === 'uncertain') return 'none';
  const { failure } = outcome;
  if (failure.ambiguous || failure.scope === 'recipient') return 'none';
  // A refusal for good is one for every transport, unless it is about how this one authenticates.
  if (failure.failover !== 'signed' && outcome.state === 'bounced') return 'none';
  switch (failure.failover) {
    case 'now':
      return 'any';
    case 'later':
      return isBeforeMail(failure.stage) || attempt >= LATER_FROM_ATTEMPT ? 'any' : 'none';
    case 'one':
      return asked === 1 ? 'any' : 'none';
    case 'signed':
      return 'authenticating';
    case 'no':
      return 'none';
    default: {
      const never: never = failure.failover;
      return never;
    }
  }
}
