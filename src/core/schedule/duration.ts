import { kindOf } from '../kind-of.js';
import { refuseDraft } from '../refusal.js';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_MS = 365 * UNIT_MS.d;
const PATTERN = /^(\d{1,15})(ms|s|m|h|d)$/;
const ASKED =
  "be a duration in milliseconds or such as '10m', '2h' or '5d', more than nothing and at most 365 days";

/**
 * Reads a duration: milliseconds, or a whole number with its unit (`ms`, `s`, `m`, `h`, `d`).
 *
 * @param value a number or string, not yet checked
 * @param field the path that errors name
 * @returns whole milliseconds, rounded up
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function parseDuration(value: unknown, field: string): number {
  const ms = typeof value === 'string' ? readText(value, field) : value;
  if (typeof ms !== 'number') refuseDraft(field, ASKED, `it is ${kindOf(value)}: pass a number or a string`);
  if (!(ms > 0 && ms <= MAX_MS)) refuseDraft(field, ASKED, 'it lies outside of that: pass another duration');
  return Math.ceil(ms);
}

function readText(text: string, field: string): number {
  const [, count, unit] = PATTERN.exec(text) ?? [];
  if (unit === undefined) {
    refuseDraft(field, ASKED, 'it is another string: write a whole number and one of ms, s, m, h and d');
  }
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
