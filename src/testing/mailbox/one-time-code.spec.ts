import { describe, expect, it } from 'vitest';
import { oneTimeCodeIn } from './one-time-code.js';

describe('oneTimeCodeIn', () => {
  it.each([
    ['Your code is 483920.', '483920'],
    ['Hello Ada,\n\n483 920\n\nvalid for 10 minutes', '483920'],
    ['Hello,\n1234-5678\nThe year 2026 was good.', '12345678'],
    ['Order 100200 was paid. Your PIN: 9913', '9913'],
    ['Use A1B2C3 to sign in', 'A1B2C3'],
    ['Enter\n\nWDJB-7HX2\n\non your television.', 'WDJB7HX2'],
    ['Open https://acme.test/verify/123456 or type 654321', '654321'],
  ])('finds the code in %j', (body, code) => {
    expect(oneTimeCodeIn(body)).toBe(code);
  });

  it.each(['Hello Ada', 'It costs 1,200.00 EUR, or 12:30', 'Call +49 30 123456789'])(
    'finds none in %j',
    (body) => {
      expect(oneTimeCodeIn(body)).toBeUndefined();
    },
  );

  it('does not guess between two', () => {
    expect(() => oneTimeCodeIn('1111 or 2222')).toThrow('2 texts that could be a code');
  });

  it('takes the first group of a pattern, or what it matches', () => {
    expect(oneTimeCodeIn('a=11 b=22', /b=(\d+)/g)).toBe('22');
    expect(oneTimeCodeIn('a=11 b=22', /\d+/)).toBe('11');
  });
});
