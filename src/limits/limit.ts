import { RATE_PERIODS_MS, type RateLimits } from '../core/rate-limits.js';

/** What a limit is for: that decides who waits when it is used up. */
export const LIMIT_SCOPES = ['transport', 'stream', 'tenant', 'domain'] as const;

/** One of {@link LIMIT_SCOPES}. */
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** At most `max` messages in a period, counted under one key by every process that shares the store. */
export interface Limit {
  readonly key: string;
  readonly scope: LimitScope;
  readonly max: number;
  readonly periodMs: number;
  /**
   * `rate`: in any period, because the time of each of the last `max` messages is kept. `quota`: in windows, of which
   * each begins with the first message after the one before has ended; two numbers, however large the quota.
   */
  readonly kind: 'rate' | 'quota';
  /** For people: it stands in the `held` event. */
  readonly reason: string;
}

const FIELDS = Object.keys(RATE_PERIODS_MS) as readonly (keyof RateLimits)[];
const NAMES: Readonly<Record<keyof RateLimits, string>> = {
  perSecond: 'second',
  perMinute: 'minute',
  perHour: 'hour',
  perDay: 'day',
  perMonth: 'month',
};

/** The limits that options state for one transport, stream, tenant or domain. */
export function limitsOf(scope: LimitScope, name: string, rates: RateLimits): readonly Limit[] {
  return FIELDS.flatMap((field): Limit[] => {
    const max = rates[field];
    if (max === undefined) return [];
    return [
      {
        key: `${scope}:${name}:${NAMES[field]}`,
        scope,
        max,
        periodMs: RATE_PERIODS_MS[field],
        kind: field === 'perSecond' ? 'rate' : 'quota',
        reason: `the ${scope} "${name}" is at its limit of ${max} a ${NAMES[field]}`,
      },
    ];
  });
}
