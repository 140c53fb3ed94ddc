import { describe, expect, it } from 'vitest';
import { idempotencyKey, idempotencyUuid } from './idempotency-key.js';

describe('the idempotency key', () => {
  it('is the same for the same mail and recipients, in any order', () => {
    expect(idempotencyKey('01abc', ['a@x.test', 'b@x.test'])).toBe(
      idempotencyKey('01abc', ['b@x.test', 'a@x.test']),
    );
  });

  it.each([
    ['another mail', '01abd', ['a@x.test', 'b@x.test']],
    ['fewer recipients', '01abc', ['a@x.test']],
    ['an address that looks like two', '01abc', ['a@x.test,b@x.test']],
  ])('is another one for %s', (_, mailId, recipients) => {
    const known = ['01abc', ['a@x.test', 'b@x.test']] as const;
    expect(idempotencyKey(mailId, recipients)).not.toBe(idempotencyKey(...known));
    expect(idempotencyUuid(mailId, recipients)).not.toBe(idempotencyUuid(...known));
  });

  it('names no recipient', () => {
    expect(idempotencyKey('01abc', ['ada@x.test'])).toMatch(/^01abc-[\w-]{22}$/);
  });

  it('is a UUID where one is wanted', () => {
    expect(idempotencyUuid('01abc', ['ada@x.test'])).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
