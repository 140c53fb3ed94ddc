const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * Reads how long an API asks to wait: `Retry-After: 120`, or an HTTP date.
 *
 * @param now milliseconds since the epoch
 * @returns milliseconds, at most 24 hours; undefined when the header says nothing that can be read
 * @see RFC 9110 §10.2.3
 * @internal
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null || value.length > 64) return undefined;
  const text = value.trim();
  if (/^\d{1,10}(?:\.\d{1,6})?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), MAX_WAIT_MS);
  // Date.parse() takes much that is no date of HTTP: `-5` is a year to it.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), MAX_WAIT_MS);
}

/** Seconds since the epoch; no window of a rate limit is that long. */
const EPOCH_SECONDS = 1_000_000_000;

/**
 * Reads when the window of a rate limit ends, as APIs without `Retry-After` tell it: in seconds from now, or since the
 * epoch.
 *
 * @param now milliseconds since the epoch
 * @returns milliseconds, at most 24 hours; undefined when the header says nothing that can be read
 * @internal
 */
export function rateResetMs(value: string | null, now: number): number | undefined {
  if (value === null || !/^\d{1,12}$/.test(value.trim())) return undefined;
  const seconds = Number(value);
  const waitMs = seconds > EPOCH_SECONDS ? seconds * 1000 - now : seconds * 1000;
  return Math.min(Math.max(waitMs, 0), MAX_WAIT_MS);
}
