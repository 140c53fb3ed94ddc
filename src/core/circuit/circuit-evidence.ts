import { isBeforeMail } from '../failure/before-mail.js';
import type { DeliveryFailure } from '../failure/delivery-failure.js';
import type { DeliveryOutcome } from '../failure/delivery-outcome.js';
import type { CircuitReason } from './circuit-state.js';

/**
 * What a try tells about a circuit. `works`: mail was taken, or refused for itself. `answers`: the upstream can be
 * reached, and no more is known. `fails`: this is the circuit's to count. `nothing`: no word about it.
 */
export type CircuitEvidence =
  { readonly kind: 'works' } | { readonly kind: 'answers' } | { readonly kind: 'nothing' } | FailureOfCircuit;

export interface FailureOfCircuit {
  readonly kind: 'fails';
  readonly reason: CircuitReason;
  /** One is enough to open; others are counted in a row. */
  readonly atOnce: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly summary: string;
}

/** What a try tells about its transport, and about its From domain there. */
export interface TryEvidence {
  readonly transport: CircuitEvidence;
  readonly identity: CircuitEvidence;
}

const WORKS = { kind: 'works' } as const;
const ANSWERS = { kind: 'answers' } as const;
const NOTHING = { kind: 'nothing' } as const;
const BOTH_WORK: TryEvidence = { transport: WORKS, identity: WORKS };

/** Reads what became of a try's recipients. A recipient that is refused for itself never counts against anything. */
export function readTry(outcomes: readonly DeliveryOutcome[]): TryEvidence {
  if (outcomes.every(({ state }) => state === 'sent')) {
    return outcomes.length === 0 ? { transport: NOTHING, identity: NOTHING } : BOTH_WORK;
  }
  const failures = outcomes.flatMap((one) => (one.state === 'sent' ? [] : one.failure));
  const wasSent = failures.length < outcomes.length;
  return {
    transport: ofTransport(failures, wasSent),
    identity: ofIdentity(failures) ?? (wasSent ? WORKS : NOTHING),
  };
}

function ofTransport(failures: readonly DeliveryFailure[], wasSent: boolean): CircuitEvidence {
  const ours = failures.filter(({ scope }) => scope === 'transport');
  const account = ours.find((one) => one.class === 'our_account');
  if (account) return fails('account', true, account);
  const quota = ours.find((one) => one.class === 'rate.account');
  if (quota) return fails('quota', true, quota);
  if (wasSent || failures.some(({ scope }) => ANSWERED.has(scope))) return WORKS;
  const down = ours.find((one) => !isThrottling(one));
  if (down) return fails('unreachable', isBeforeMail(down.stage), down);
  return ours.length > 0 ? ANSWERS : NOTHING;
}

function ofIdentity(failures: readonly DeliveryFailure[]): CircuitEvidence | undefined {
  const failure = failures.find(({ scope }) => scope === 'identity');
  if (!failure) return undefined;
  // What follows MAIL may be the opinion of one destination; the account's own word is the transport's.
  const atOnce = failure.class === 'our_account' || (failure.stage === 'mail' && failure.permanent);
  return fails('identity', atOnce, failure);
}

function fails(reason: CircuitReason, atOnce: boolean, failure: DeliveryFailure): FailureOfCircuit {
  const { retryAfterMs, summary } = failure;
  return { kind: 'fails', reason, atOnce, retryAfterMs, summary };
}

/** Whom a failure is about when the upstream did its work. */
const ANSWERED: ReadonlySet<DeliveryFailure['scope']> = new Set(['recipient', 'message', 'identity']);
/** A server that is at its limit, or about to go, says so with a 421; one that is gone says nothing. */
function isThrottling(failure: DeliveryFailure): boolean {
  return failure.class === 'rate.destination' || failure.reply?.code === 421;
}
