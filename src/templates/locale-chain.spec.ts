import { describe, expect, it } from 'vitest';

import { isLocaleShaped, localeChain } from './locale-chain.js';

describe('localeChain', () => {
  it.each([
    [undefined, ['']],
    ['de', ['de', '']],
    ['de-AT', ['de-at', 'de', '']],
    ['zh-Hant-TW', ['zh-hant-tw', 'zh-hant', 'zh', '']],
    ['', ['']],
    ['-', ['-', '']],
  ])('of %j goes from the most exact to the default', (locale, chain) => {
    expect(localeChain(locale)).toEqual(chain);
  });

  it('is only the default for what is too long to be a tag', () => {
    expect(localeChain('a-'.repeat(100_000))).toEqual(['']);
  });
});

describe('isLocaleShaped', () => {
  it.each(['de', 'de-AT', 'de-at', 'es-419', 'zh-Hant', 'zh-Hant-TW', 'fil-PH'])('is true for %s', (tag) => {
    expect(isLocaleShaped(tag)).toBe(true);
  });

  it.each(['v2', 'new', 'old', 'text', 'subject', 'de_AT', 'a', '2', '', 'de-', 'd.e'])(
    'is false for %j',
    (tag) => {
      expect(isLocaleShaped(tag)).toBe(false);
    },
  );
});
