import { describe, expect, it } from 'vitest';
import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import { sampleMail } from '../testing/sample-mail.js';
import { outcomeEvent } from './outcome-events.js';

const ADDRESS = 'ada@example.test';
// Only its presence matters here.
const failure = {} as DeliveryFailure;

describe('the event of an attempt that does not count', () => {
  it.each(['deferred', 'held', 'uncertain'] as const)('"%s" is another fact the next time', (state) => {
    const ids = [5, 6].map(
      (dueAt) =>
        outcomeEvent(sampleMail({ id: '1' }), { address: ADDRESS, state, dueAt, failure }, 1, dueAt)?.id,
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('is the same fact when it is told twice', () => {
    const recipient = { address: ADDRESS, state: 'uncertain', dueAt: 5, failure } as const;
    const mail = sampleMail({ id: '1' });
    expect(outcomeEvent(mail, recipient, 1, 1)?.id).toBe(outcomeEvent(mail, recipient, 1, 2)?.id);
  });
});
