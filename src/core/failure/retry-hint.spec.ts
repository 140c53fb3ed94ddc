import { describe, expect, it } from 'vitest';
import { readRetryHint } from './retry-hint.js';

describe('readRetryHint', () => {
  it.each([
    ['please try again in 300 seconds', 300_000],
    ['Greylisted for 300s', 300_000],
    ['try again in 1 second', 1000],
    ['wait 90 secs', 90_000],
    ['retry after 5 minutes', 300_000],
    ['retry after 5min', 300_000],
    ['come back in 2 hours', 7_200_000],
    ['blocked for 24h', 86_400_000],
    ['come back in 00:04:30', 270_000],
    ['try again in 99 hours', 86_400_000],
    ['try again in 9999999 hours', 86_400_000],
  ])('reads %j', (text, expected) => {
    expect(readRetryHint(text)).toBe(expected);
  });

  it.each([
    '',
    'try again later',
    'at most 10 messages per 60 seconds',
    'too many errors in the last 5 minutes',
    'message of 25 M',
    'try again in 0 seconds',
    'from 192.0.2.1 at 12:30:45',
    'try again in 12345678901 seconds',
  ])('finds no wait in %j', (text) => {
    expect(readRetryHint(text)).toBeUndefined();
  });
});
