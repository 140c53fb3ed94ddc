import { describe, expect, it } from 'vitest';
import { mailEventBase } from '../events/mail-event-base.js';
import type { MailEvent } from '../events/mail-event.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { RecentOutcomes } from './recent-outcomes.js';

const sent = (transport: string): MailEvent => ({
  ...mailEventBase('sent', sampleMail({ id: '1' }), 'ada@example.test', 1, 0),
  attempt: 1,
  transport,
});

describe('recent outcomes', () => {
  it('are counted by transport, and forgotten after five minutes', async () => {
    const clock = new TestClock();
    const outcomes = new RecentOutcomes(clock, ['a', 'b']);
    outcomes.add(sent('a'));
    await clock.advance(60_000);
    outcomes.add(sent('a'));
    outcomes.add(sent('b'));
    expect([outcomes.counts('a').sent, outcomes.counts('b').sent, outcomes.counts().sent]).toEqual([2, 1, 3]);
    await clock.advance(290_000);
    expect([outcomes.counts('a').sent, outcomes.counts().sent]).toEqual([1, 2]);
    await clock.advance(60_000);
    expect(outcomes.counts().sent).toBe(0);
  });

  it('take no room for transports that nobody declared', () => {
    const outcomes = new RecentOutcomes(new TestClock(), ['a']);
    outcomes.add(sent('tenant:1'));
    expect(outcomes.counts('tenant:1').sent).toBe(0);
    expect(outcomes.counts().sent).toBe(1);
  });

  it('say how long ago something was sent', async () => {
    const clock = new TestClock();
    const outcomes = new RecentOutcomes(clock, ['a']);
    expect(outcomes.sinceSent('a')).toBeUndefined();
    outcomes.add(sent('a'));
    await clock.advance(1500);
    expect(outcomes.sinceSent('a')).toBe(1500);
  });
});
