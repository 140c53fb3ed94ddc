import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { mailEventBase } from './mail-event-base.js';
import { requeuedEvents } from './requeued-events.js';

const ADDRESS = 'ada@example.test';

function idsAt(dueAt: number, at: number): string[] {
  const mail = { ...sampleMail({ id: '1' }), dueAt };
  return requeuedEvents({ mail, recipients: [{ address: ADDRESS, dueAt }] }, at).map(({ id }) => id);
}

describe('a mail that is queued once more', () => {
  it('is told of under a new id, also when it was moved away and back', () => {
    const mail = { ...sampleMail({ id: '1' }), dueAt: 7 };
    const first = mailEventBase('queued', mail, ADDRESS, 0, 0).id;
    const ids = [first, ...idsAt(9, 1), ...idsAt(7, 2)];
    expect(new Set(ids).size).toBe(3);
  });

  it('says nothing of recipients that do not wait', () => {
    const mail = sampleMail({ id: '1' });
    expect(requeuedEvents({ mail, recipients: [{ address: ADDRESS }] }, 1)).toEqual([]);
  });
});
