import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { draftFingerprint } from './draft-fingerprint.js';

class Money {
  constructor(readonly amount: number) {}
}

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

let deep: object = {};
for (let i = 0; i < 20_000; i++) deep = { deep };

const throwing = {
  get boom(): never {
    throw new Error('boom');
  },
};

describe('draftFingerprint', () => {
  it.each([
    [
      { to: 'a', subject: 'b' },
      { subject: 'b', to: 'a' },
    ],
    [{ to: 'a', cc: undefined }, { to: 'a' }],
    [{ content: Buffer.from('x') }, { content: new Uint8Array([120]) }],
    [{ at: new Date(5) }, { at: new Date(5) }],
    [{ content: Readable.from(['a']) }, { content: Readable.from(['b']) }],
    [{ v: Object.create(null) as object }, { v: {} }],
    [{ v: new Money(1) }, { v: new Money(1) }],
  ])('is the same for the same draft: %#', (one, other) => {
    expect(draftFingerprint(one)).toBe(draftFingerprint(other));
  });

  it.each([
    [{ to: 'a' }, { to: 'b' }],
    [{ a: '1' }, { a: 1 }],
    [{ a: 1 }, { a: 1n }],
    [{ a: ['b', 'c'] }, { a: ['bc'] }],
    [
      { a: 'b', c: '' },
      { a: '', c: 'b' },
    ],
    [{ a: null }, { a: 'null' }],
    [{ a: {} }, { a: [] }],
    [{ a: new Map([['k', 1]]) }, { a: new Map([['k', 2]]) }],
    [{ a: new Set([1]) }, { a: new Set([2]) }],
    [{ a: new Money(1) }, { a: new Money(2) }],
    [{ a: Buffer.from('x') }, { a: Buffer.from('y') }],
  ])('is another one for another draft: %#', (one, other) => {
    expect(draftFingerprint(one)).not.toBe(draftFingerprint(other));
  });

  it.each([
    ['holds itself', cyclic],
    ['is 20 000 objects deep', deep],
    ['throws when it is read', throwing],
  ])('refuses a draft that %s', (_what, draft) => {
    expect(() => draftFingerprint(draft)).toThrow(expect.objectContaining({ code: 'ERR_MAIL_RELAY_DRAFT' }));
  });
});
