import type { Random } from './clock.js';
import type { DeliveryFailure } from '../failure/delivery-failure.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long the relay waits between two attempts. Every wait is drawn between `n` and `1.5 n`, so that mails which
 * failed together do not come back together.
 *
 * @publicApi
 */
export interface RetryPolicy {
  /** The wait after the first, second, third … attempt that counted, milliseconds; the last one repeats. */
  readonly delaysMs: readonly number[];
  /** The least wait after a greylisting, milliseconds. */
  readonly greylistMinMs: number;
  /** The least wait where the failure asks for a slower pace (`retry: 'slow'`), milliseconds. */
  readonly slowMinMs: number;
  /** The least wait after an uncertain outcome, milliseconds. */
  readonly uncertainMinMs: number;
  /** The least wait while a transport of ours does not work (`retry: 'pause'`), milliseconds. */
  readonly pauseMinMs: number;
  /** The least wait for the window of a quota to reset (`retry: 'window'`), milliseconds. */
  readonly windowMinMs: number;
  /** How long a failure with `retry: 'short'` is tried, milliseconds from the mail's first due moment on. */
  readonly shortLifeMs: number;
}

/**
 * The default waits: dense in the first hour, then every four hours, until the mail expires.
 *
 * @see RFC 5321 §4.5.4.1
 * @publicApi
 */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  delaysMs: [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS],
  greylistMinMs: 5 * MINUTE_MS,
  slowMinMs: 30 * MINUTE_MS,
  uncertainMinMs: 10 * MINUTE_MS,
  pauseMinMs: MINUTE_MS,
  windowMinMs: HOUR_MS,
  shortLifeMs: 3 * DAY_MS,
};

/** A sequence error is often gone on a new connection. */
const ONCE_DELAY_MS = 5 * SECOND_MS;

/**
 * A transaction that was split makes progress with each attempt. A server that takes one recipient at a time and a
 * mail with thousands of them must still not become a loop without a pause.
 */
const MAX_SPLITS_AT_ONCE = 100;

/** @internal */
export interface RetryDelayInput {
  /** The number of the attempt that just failed, from 1. */
  readonly attempt: number;
  readonly failure: DeliveryFailure;
  readonly policy: RetryPolicy;
  readonly random: Random;
}

/**
 * The wait before the next attempt: whole milliseconds between `n` and `1.5 n`, where `n` is the schedule's wait,
 * the least one for this failure, or the one that the server asked for, whichever is longest. A split transaction
 * goes on at once.
 *
 * @internal
 */
export function nextDelayMs({ attempt, failure, policy, random }: RetryDelayInput): number {
  if (failure.retry === 'split' && attempt <= MAX_SPLITS_AT_ONCE) return 0;
  const scheduled = failure.retry === 'once' && attempt === 1 ? ONCE_DELAY_MS : scheduledMs(attempt, policy);
  const least = Math.max(scheduled, leastMs(failure, policy), failure.retryAfterMs ?? 0);
  return Math.floor(least * (1 + random() / 2));
}

/** @internal */
export interface GiveUpInput {
  readonly failure: DeliveryFailure;
  /** When the mail was first due, milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the mail expires, milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly policy: RetryPolicy;
}

/**
 * When the relay stops trying after this failure, milliseconds since the epoch: the mail's expiry, or sooner where
 * the failure asks for it (`retry: 'short'`).
 *
 * @internal
 */
export function giveUpAt({ failure, createdAt, expiresAt, policy }: GiveUpInput): number {
  return failure.retry === 'short' ? Math.min(expiresAt, createdAt + policy.shortLifeMs) : expiresAt;
}

function scheduledMs(attempt: number, { delaysMs }: RetryPolicy): number {
  const index = Math.min(Math.max(Math.trunc(attempt), 1), delaysMs.length) - 1;
  return delaysMs[index] ?? MINUTE_MS;
}

function leastMs(failure: DeliveryFailure, policy: RetryPolicy): number {
  if (failure.class === 'greylist') return policy.greylistMinMs;
  switch (failure.retry) {
    case 'slow':
      return policy.slowMinMs;
    case 'window':
      return policy.windowMinMs;
    case 'pause':
      return policy.pauseMinMs;
    case 'policy':
      return policy.uncertainMinMs;
    case 'no':
    case 'yes':
    case 'short':
    case 'split':
    case 'once':
      return 0;
    default: {
      const never: never = failure.retry;
      return never;
    }
  }
}
