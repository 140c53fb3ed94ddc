import { describe, expect, it } from 'vitest';
import { outsideEventId, unmatchedFactId, type OutsideFactIdentity } from './outside-event-id.js';

const fact = (change: Partial<OutsideFactIdentity>): string =>
  outsideEventId({ mailId: 'm', place: 1, type: 'delivered', occurredAt: new Date(5), ...change });

describe('the id of a fact from outside', () => {
  it.each(['delivered', 'complained', 'bounced'] as const)(
    'is the same for %s whoever names which moment',
    (type) => {
      expect(fact({ type, occurredAt: new Date(9) })).toBe(fact({ type }));
    },
  );

  it.each(['opened', 'clicked', 'unsubscribed', 'autoreplied'] as const)(
    'is another for %s at another moment, and the same at the same',
    (type) => {
      expect(fact({ type, occurredAt: new Date(9) })).not.toBe(fact({ type }));
      expect(fact({ type })).toBe(fact({ type }));
    },
  );

  it('tells mails, recipients, types, kinds and links apart', () => {
    const ids = [
      fact({}),
      fact({ mailId: 'n' }),
      fact({ place: 2 }),
      fact({ type: 'complained' }),
      fact({ type: 'bounced', kind: 'hard' }),
      fact({ type: 'bounced', kind: 'soft' }),
      fact({ type: 'clicked', url: 'https://a.test' }),
      fact({ type: 'clicked', url: 'https://b.test' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('holds no address and no link', () => {
    const id = unmatchedFactId('bounced', '<x@y.test>', 'ada@example.test', new Date(5));
    expect(id).not.toContain('@');
    expect(fact({ type: 'clicked', url: 'https://secret.test/token' })).not.toContain('secret');
  });
});
