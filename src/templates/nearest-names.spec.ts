import { describe, expect, it } from 'vitest';

import { nearestNames, suggestNames } from './nearest-names.js';

describe('nearestNames', () => {
  it.each([
    ['welcom', ['reset', 'welcome', 'welcome.v2'], ['welcome']],
    ['Welcome', ['welcome'], ['welcome']],
    ['order/receipt', ['orders/receipt', 'receipt'], ['orders/receipt']],
    ['zzz', ['welcome'], []],
  ])('of %s among %j', (asked, names, nearest) => {
    expect(nearestNames(asked, names)).toEqual(nearest);
  });

  it('gives at most three', () => {
    expect(nearestNames('ab', ['a1', 'a2', 'a3', 'a4'])).toHaveLength(3);
  });
});

describe('suggestNames', () => {
  it('tells what there is when nothing is near', () => {
    expect(suggestNames('zzz', ['reset', 'welcome'])).toBe('There is reset, welcome.');
    expect(suggestNames('zzz', [])).toBe('There is none at all.');
  });

  it('counts the names it does not tell', () => {
    const names = Array.from({ length: 12 }, (_, i) => `template-${i}`);
    expect(suggestNames('zzz', names)).toContain('and 2 more');
  });
});
