/**
 * How many messages may go in a time. One message to three recipients counts three. A limit holds mail back and never
 * fails it.
 *
 * @publicApi
 */
export interface RateLimits {
  /** In any second, at most 10000. */
  readonly perSecond?: number | undefined;
  readonly perMinute?: number | undefined;
  readonly perHour?: number | undefined;
  /** In 24 hours from the first message on. */
  readonly perDay?: number | undefined;
  /** In 30 days from the first message on. */
  readonly perMonth?: number | undefined;
}

/** The times of so many messages are kept in memory for each rate; whatever goes faster is a quota. */
export const MAX_PER_SECOND = 10_000;

/** The fields of {@link RateLimits} and what they mean, milliseconds. */
export const RATE_PERIODS_MS = {
  perSecond: 1000,
  perMinute: 60_000,
  perHour: 3_600_000,
  perDay: 24 * 3_600_000,
  perMonth: 30 * 24 * 3_600_000,
} as const satisfies Record<keyof RateLimits, number>;
