import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { mailEventBase } from './mail-event-base.js';

const mail = sampleMail({
  id: '1',
  envelope: { from: 'a@acme.test', to: ['ada@example.test', 'eve@example.test'] },
});
const idOf = (changes: Partial<typeof mail> = {}, recipient = 'ada@example.test', attempt = 1): string =>
  mailEventBase('sent', { ...mail, ...changes }, recipient, attempt, 0).id;

describe('the id of an event', () => {
  it('is the same whenever the fact is told', () => {
    expect(idOf()).toBe(idOf());
  });

  it('is another one for another recipient, another attempt, and when the mail is tried anew', () => {
    expect(
      new Set([idOf(), idOf({}, 'eve@example.test'), idOf({}, undefined, 2), idOf({ dueAt: 60_000 })]).size,
    ).toBe(4);
  });

  it('holds no address', () => {
    expect(idOf()).not.toContain('@');
  });
});
