import { describe, expect, it } from 'vitest';
import { rateResetMs, retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2027-01-01T00:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['0.5', 500],
    ['0', 0],
    ['99999999', 86_400_000],
    ['Fri, 01 Jan 2027 00:01:00 GMT', 60_000],
    ['Friday, 01-Jan-27 00:01:00 GMT', 60_000],
    ['Thu, 31 Dec 2026 00:00:00 GMT', 0],
    ['Sat, 01 Jan 2028 00:00:00 GMT', 86_400_000],
    [null, undefined],
    ['', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['Fri, 99 Foo 2027', undefined],
    ['1e9', undefined],
    ['2027-01-01T00:01:00Z', undefined],
    ['9'.repeat(100), undefined],
  ])('reads %j as %s', (value, expected) => expect(retryAfterMs(value, NOW)).toBe(expected));
});

describe('the end of a rate window', () => {
  it.each([
    ['30', 30_000],
    [String(NOW / 1000 + 45), 45_000],
    [String(NOW / 1000 - 45), 0],
    ['500000000', 86_400_000],
    ['x', undefined],
    ['-1', undefined],
    [null, undefined],
  ])('reads %j as %s', (value, expected) => expect(rateResetMs(value, NOW)).toBe(expected));
});
