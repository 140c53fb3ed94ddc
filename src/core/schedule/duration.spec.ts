import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';
import { MailRelayError } from '../mail-relay-error.js';

describe('parseDuration', () => {
  it.each([
    [1, 1],
    [0.5, 1],
    [1500.2, 1501],
    ['500ms', 500],
    ['10s', 10_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['5d', 432_000_000],
    ['365d', 31_536_000_000],
    [31_536_000_000, 31_536_000_000],
  ])('reads %j as %d ms', (value, ms) => {
    expect(parseDuration(value, 'expiresIn')).toBe(ms);
  });

  it.each([
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    31_536_000_001,
    '366d',
    '0s',
    '-1s',
    '1.5h',
    '1e3s',
    '10',
    '10 m',
    ' 10m',
    '10m\n',
    '10M',
    '1w',
    '',
    '1d2h',
    `${'9'.repeat(1_000_000)}d`,
    null,
    undefined,
    true,
    1n,
    ['10m'],
    { valueOf: () => 1 },
  ])('refuses %s', (value) => {
    let thrown: unknown;
    try {
      parseDuration(value, 'expiresIn');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'expiresIn' });
    expect((thrown as MailRelayError).message).toMatch(/^expiresIn must be a duration .*'10m'/);
  });
});
