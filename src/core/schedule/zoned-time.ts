import { refuseDraft } from '../refusal.js';

const DAY_MS = 86_400_000;
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
const MAX_CACHED_ZONES = 64;

/** Making a formatter costs far more than using one. The oldest goes when the cache is full. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The first moment at which the clocks of a time zone show a wall time, or have passed it: in an overlap the first
 * of the two, in a gap the first moment after the gap.
 *
 * @param wallTime the wall time, in milliseconds since the epoch as if it were UTC
 * @param timeZone an IANA name, not yet checked
 * @param field the path that errors name
 * @internal
 */
export function firstInstantOf(wallTime: number, timeZone: string, field: string): number {
  const format = formatterOf(timeZone, field);
  const offsetAt = (instant: number): number => wallTimeAt(format, instant) - instant;
  // Offsets lie within a day, so these two are in force before and after any change near the wall time.
  const before = offsetAt(wallTime - DAY_MS);
  const after = offsetAt(wallTime + DAY_MS);
  const [early, late] = before > after ? [before, after] : [after, before];
  for (const offset of [early, late]) {
    if (offsetAt(wallTime - offset) === offset) return wallTime - offset;
  }
  return changeBetween(wallTime - early, wallTime - late, (instant) => offsetAt(instant) === after);
}

/** The first instant in `(low, high]` for which `changed` holds, given that it does for `high`. */
function changeBetween(low: number, high: number, changed: (instant: number) => boolean): number {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (changed(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function wallTimeAt(format: Intl.DateTimeFormat, instant: number): number {
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(instant)) {
    if (type in parts) parts[type as keyof typeof parts] = Number(value);
  }
  const whole = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return whole + (instant - Math.floor(instant / 1000) * 1000);
}

function formatterOf(timeZone: string, field: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const format = ZONE_NAME.test(timeZone) ? createFormatter(timeZone) : undefined;
  if (format === undefined) {
    refuseDraft(
      field,
      'be an IANA time zone',
      "it is another string: write one such as 'Europe/Berlin' or 'UTC'",
    );
  }
  if (formatters.size >= MAX_CACHED_ZONES) {
    for (const oldest of formatters.keys()) {
      formatters.delete(oldest);
      break;
    }
  }
  formatters.set(timeZone, format);
  return format;
}

function createFormatter(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    // A RangeError is how Intl says that it does not know the zone.
    return undefined;
  }
}
