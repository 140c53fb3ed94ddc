import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import { expiredFailure } from '../core/schedule/verdict.js';
import { bounceKindOf } from '../events/bounce-kind.js';
import type { MailBounced, MailFailed } from '../events/mail-event.js';
import { mailEventBase } from '../events/mail-event-base.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { MemorySuppressionStore } from './memory/memory-suppression-store.js';
import { StoredSuppressionList } from './stored-suppression-list.js';
import { SuppressionFeeder } from './suppression-feeder.js';
import { SuppressionSubjects } from './suppression-subjects.js';

const ADA = 'ada@example.test';
const DAY_MS = 86_400_000;
let serial = 0;

function setUp(complaints: 'marketing' | 'all' = 'marketing') {
  const clock = new TestClock();
  const store = new MemorySuppressionStore();
  const subjects = new SuppressionSubjects([], {});
  const rules = { complaints, maxSoftBounces: 3, softBounceMs: 30 * DAY_MS };
  const feeder = new SuppressionFeeder({ store, subjects, rules, clock });
  const list = new StoredSuppressionList(store, subjects, clock);
  const base = <Type extends 'bounced' | 'failed' | 'complained' | 'unsubscribed' | 'delivered'>(
    type: Type,
    stream: string,
  ) => ({
    ...mailEventBase(
      type,
      sampleMail({ id: String(++serial), stream, envelope: { from: 'a@b.test', to: [ADA] } }),
      ADA,
      1,
      clock.now(),
    ),
    occurredAt: new Date(clock.now()),
  });
  const refusal = (reply: string): DeliveryFailure =>
    classifyFailure({ provenance: 'smtp', stage: 'rcpt', upstream: 'mx', reply: parseSmtpReply(reply) });
  const bounced = (reply: string, change: Partial<DeliveryFailure> = {}): MailBounced => {
    const failure = { ...refusal(reply), ...change };
    return {
      ...base('bounced', 'news'),
      attempt: 1,
      failure,
      kind: bounceKindOf(failure),
      suppress: failure.suppress,
    };
  };
  const failed = (failure: DeliveryFailure): MailFailed => ({
    ...base('failed', 'news'),
    attempt: 9,
    failure,
  });
  const expired = (reply: string): MailFailed => failed(expiredFailure(refusal(reply)));
  return { clock, feeder, list, bounced, failed, expired, base };
}

const HARD = '550 5.1.1 No such user here';
const FULL = '552 5.2.2 Mailbox full';

describe('what fills the suppression list', () => {
  it('is a hard bounce, for all mail and for ever, told twice or once', async () => {
    const { feeder, list, bounced } = setUp();
    const event = bounced(HARD);
    await feeder.handle(event);
    await feeder.handle(event);
    expect(await list.find(ADA)).toMatchObject([{ scope: 'all', reason: 'hard-bounce', source: event.id }]);
    expect((await list.find(ADA))[0]?.expiresAt).toBeUndefined();
  });

  it.each([
    '550 Requested action not taken',
    '550 5.7.1 Blocked using a blocklist',
    '554 5.7.1 Message rejected as spam',
    '550 5.7.26 Unauthenticated mail is not accepted',
    '535 5.7.8 Authentication failed',
    '421 4.7.0 Try again later',
  ])('is not a refusal such as %j', async (reply) => {
    const { feeder, list, bounced } = setUp();
    await feeder.handle(bounced(reply));
    expect(await list.find(ADA)).toEqual([]);
  });

  it('is never a failure that is not about the recipient, whatever it advises', async () => {
    const { feeder, list, bounced } = setUp();
    await feeder.handle(bounced(HARD, { scope: 'transport', suppress: 'now' }));
    expect(await list.find(ADA)).toEqual([]);
  });

  it('is a mailbox that is full again and again, for a time', async () => {
    const { feeder, list, bounced, clock } = setUp();
    for (let i = 0; i < 2; i++) await feeder.handle(bounced(FULL));
    expect(await list.find(ADA)).toEqual([]);
    await feeder.handle(bounced(FULL));
    expect(await list.find(ADA)).toMatchObject([{ scope: 'all', reason: 'soft-bounces' }]);
    clock.jump(90 * DAY_MS);
    expect(await list.find(ADA)).toEqual([]);
  });

  it('is not a soft bounce told three times, nor three that lie far apart', async () => {
    const { feeder, list, bounced, clock } = setUp();
    const event = bounced(FULL);
    for (let i = 0; i < 3; i++) await feeder.handle(event);
    for (let i = 0; i < 5; i++) {
      clock.jump(16 * DAY_MS);
      await feeder.handle(bounced(FULL));
    }
    expect(await list.find(ADA)).toEqual([]);
  });

  it('begins to count anew after a delivery', async () => {
    const { feeder, list, bounced, base } = setUp();
    for (let i = 0; i < 4; i++) {
      await feeder.handle(bounced(FULL));
      if (i === 1) await feeder.handle(base('delivered', 'news'));
    }
    expect(await list.find(ADA)).toEqual([]);
  });

  it('counts on after a delivery that is told late', async () => {
    const { feeder, list, bounced, base, clock } = setUp();
    const delivered = base('delivered', 'news');
    clock.jump(1000);
    for (let i = 0; i < 5; i++) await feeder.handle(bounced(FULL));
    await feeder.handle(delivered);
    expect(await list.find(ADA)).toHaveLength(1);
    await list.remove({ address: ADA });
    await feeder.handle(bounced(FULL));
    expect(await list.find(ADA)).toEqual([]);
  });

  it('is a mailbox that was full until mail expired, on one day after another', async () => {
    const { feeder, list, expired, clock } = setUp();
    for (let day = 0; day < 3; day++) {
      expect(await list.find(ADA)).toEqual([]);
      await feeder.handle(expired('452 4.2.2 Mailbox full'));
      clock.jump(DAY_MS);
    }
    expect(await list.find(ADA)).toMatchObject([{ scope: 'all', reason: 'soft-bounces' }]);
  });

  it('is not a mailbox that was full until the mails of one day expired', async () => {
    const { feeder, list, expired } = setUp();
    for (let i = 0; i < 9; i++) await feeder.handle(expired('452 4.2.2 Mailbox full'));
    expect(await list.find(ADA)).toEqual([]);
  });

  it.each(['450 4.7.1 Greylisted', '450 4.2.1 Receiving mail too quickly', '451 4.3.0 Try later'])(
    'is not mail that expired after %j, however often',
    async (reply) => {
      const { feeder, list, expired, clock } = setUp();
      for (let day = 0; day < 9; day++) {
        await feeder.handle(expired(reply));
        clock.jump(DAY_MS);
      }
      expect(await list.find(ADA)).toEqual([]);
    },
  );

  it('is not a mail that failed for another reason, whatever it advises', async () => {
    const { feeder, list, failed, expired, clock } = setUp();
    for (let day = 0; day < 9; day++) {
      await feeder.handle(failed({ ...expired('452 4.2.2 Mailbox full').failure, class: 'message' }));
      clock.jump(DAY_MS);
    }
    expect(await list.find(ADA)).toEqual([]);
  });

  it.each(['marketing', 'all'] as const)('is a complaint, for %s', async (scope) => {
    const { feeder, list, base } = setUp(scope);
    await feeder.handle(base('complained', 'news'));
    expect(await list.find(ADA)).toMatchObject([{ scope, reason: 'complaint' }]);
  });

  it.each(['abuse', 'fraud', 'virus', 'other', 'Abuse', 'something-new', ''])(
    'is a complaint whose report says %j',
    async (feedback) => {
      const { feeder, list, base } = setUp();
      await feeder.handle({ ...base('complained', 'news'), feedback });
      expect(await list.find(ADA)).toMatchObject([{ scope: 'marketing', reason: 'complaint' }]);
    },
  );

  it.each(['not-spam', 'auth-failure', 'Not-Spam', ' auth-failure '])(
    'is not a report that says %j: the recipient did not complain',
    async (feedback) => {
      const { feeder, list, base } = setUp('all');
      await feeder.handle({ ...base('complained', 'news'), feedback });
      expect(await list.find(ADA)).toEqual([]);
    },
  );

  it.each(['opt-out', 'opt-out-list', 'Opt-Out'])(
    'is a report that says %j, as an unsubscribe and for its stream only',
    async (feedback) => {
      const { feeder, list, base } = setUp('all');
      await feeder.handle({ ...base('complained', 'news'), feedback });
      expect(await list.find(ADA)).toMatchObject([{ scope: 'stream:news', reason: 'unsubscribe' }]);
    },
  );

  it('is an unsubscribe, for its stream only', async () => {
    const { feeder, list, base } = setUp();
    await feeder.handle(base('unsubscribed', 'news'));
    expect(await list.find(ADA)).toMatchObject([{ scope: 'stream:news', reason: 'unsubscribe' }]);
  });

  it('is a domain that does not exist, for a month', async () => {
    const { feeder, list, bounced, clock } = setUp();
    await feeder.handle(bounced(HARD, { class: 'hard.domain', suppress: 'now' }));
    expect(await list.find(ADA)).toHaveLength(1);
    clock.jump(30 * DAY_MS);
    expect(await list.find(ADA)).toEqual([]);
  });
});
