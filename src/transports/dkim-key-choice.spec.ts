import { describe, expect, it } from 'vitest';
import { chooseDkimKey, isAligned } from './dkim-key-choice.js';

const key = (domainName: string) => ({ domainName, keySelector: 's', privateKey: '' });
const KEYS = [key('other.test'), key('acme.test'), key('news.acme.test')];

describe('chooseDkimKey', () => {
  it.each([
    ['acme.test', 'acme.test'],
    ['news.acme.test', 'news.acme.test'],
    ['shop.acme.test', 'acme.test'],
    ['eu.news.acme.test', 'news.acme.test'],
    ['notacme.test', undefined],
    ['test', undefined],
  ])('signs mail of %s with the key of %s', (fromDomain, domainName) => {
    expect(chooseDkimKey(KEYS, fromDomain)?.domainName).toBe(domainName);
    expect(chooseDkimKey(KEYS.toReversed(), fromDomain)?.domainName).toBe(domainName);
  });

  it('signs all mail with a single key, and none without one', () => {
    expect(chooseDkimKey([key('acme.test')], 'other.test')?.domainName).toBe('acme.test');
    expect(chooseDkimKey([], 'acme.test')).toBeUndefined();
  });
});

describe('isAligned', () => {
  it('takes a domain above the From domain, whatever its case, and nothing beside it', () => {
    expect(isAligned(key('ACME.test'), 'news.acme.test')).toBe(true);
    expect(isAligned(key('news.acme.test'), 'acme.test')).toBe(false);
    expect(isAligned(key('cme.test'), 'acme.test')).toBe(false);
  });
});
