import { describe, expect, it } from 'vitest';
import { createSelector } from './selector.js';

const NONE = new Map<string, number>();

function firsts(select: () => readonly string[], count: number): string {
  return Array.from({ length: count }, () => select()[0]).join('');
}

describe('a selector', () => {
  it('failover begins with the first one, always', () => {
    const select = createSelector(['a', 'b'], { selector: 'failover', weights: NONE });
    expect([select(), select()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('roundRobin begins with each in turn, and the others stand by in their order', () => {
    const select = createSelector(['a', 'b', 'c'], { selector: 'roundRobin', weights: NONE });
    expect([select(), select(), select(), select()]).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c', 'a'],
      ['c', 'a', 'b'],
      ['a', 'b', 'c'],
    ]);
  });

  it('weighted begins with each as often as its weight says, well mixed', () => {
    const weights = new Map([
      ['a', 5],
      ['b', 1],
    ]);
    const select = createSelector(['a', 'b', 'c'], { selector: 'weighted', weights });
    expect(firsts(select, 7)).toBe('aabacaa');
    expect(firsts(select, 7)).toBe('aabacaa');
  });

  it('weighted lets the heaviest of the others stand by first', () => {
    const weights = new Map([
      ['b', 3],
      ['c', 5],
    ]);
    const select = createSelector(['a', 'b', 'c'], { selector: 'weighted', weights });
    const orders = new Set(Array.from({ length: 9 }, () => select().join('')));
    expect(orders).toEqual(new Set(['cba', 'bca', 'acb']));
  });

  it.each(['failover', 'roundRobin', 'weighted'] as const)('%s gives the only one there is', (selector) => {
    const select = createSelector(['a'], { selector, weights: NONE });
    expect([select(), select()]).toEqual([['a'], ['a']]);
  });

  it.each(['failover', 'roundRobin', 'weighted'] as const)('%s never forgets nor doubles one', (selector) => {
    const names = ['a', 'b', 'c', 'd'];
    const weights = new Map([['c', 7]]);
    const select = createSelector(names, { selector, weights });
    for (let i = 0; i < 50; i++) expect(select().toSorted()).toEqual(names);
  });
});
