import { describe, expect, it } from 'vitest';
import { mailEventBase } from '../../events/mail-event-base.js';
import type { MailEvent } from '../../events/mail-event.js';
import type { MailEventPublisher } from '../../events/mail-event-bus.js';
import type { RelayEvent } from '../../events/relay-event.js';
import type { MailReference } from '../../journal/mail-journal.js';
import { sampleMail } from '../../testing/sample-mail.js';
import { TestClock } from '../../testing/test-clock.js';
import { FactIntake } from './fact-intake.js';
import { MailFinder } from './mail-finder.js';
import type { OutsideFact } from './outside-fact.js';

const ADA = 'Ada@example.test';
const BOB = 'bob@example.test';
const mail = sampleMail({
  id: 'mail1',
  messageId: '<1@acme.test>',
  stream: 'news',
  tenant: 'acme',
  envelope: { from: 'a@acme.test', to: [ADA, BOB] },
});

function setUp() {
  const clock = new TestClock();
  const told: RelayEvent[] = [];
  const log = { isFull: false };
  /** A journal that knows one mail and what was told. */
  const journal = {
    find: async (reference: MailReference) => {
      const isIt =
        ('mailId' in reference && reference.mailId === mail.id) ||
        ('messageId' in reference && reference.messageId === mail.messageId) ||
        ('providerMessageId' in reference && reference.providerMessageId === 'provider-1');
      if (!isIt) return undefined;
      const { id: mailId, ...rest } = mail;
      const recipients = mail.envelope.to.map((address) => ({
        address,
        state: 'sent' as const,
        stateAt: new Date(0),
        facts: [],
      }));
      return { ...rest, mailId, createdAt: new Date(0), recipients };
    },
    timeline: async () =>
      ({ events: told.filter((event): event is MailEvent => 'mailId' in event) }) as never,
  };
  const events: MailEventPublisher = {
    publish: () => undefined,
    record: () => Promise.reject(new Error('a fact is kept, or told again')),
    keep: async (some) => {
      if (log.isFull) throw new Error('full');
      told.push(...some);
    },
  };
  const finder = new MailFinder({ get: async () => undefined }, journal);
  const make = () => new FactIntake({ relay: 'default', finder, events, clock, rules: {} });
  const intake = make();
  const fact = (change: object = {}): OutsideFact => ({
    type: 'delivered',
    messageId: '<1@acme.test>',
    recipient: BOB,
    occurredAt: new Date(5),
    ...change,
  });
  return { clock, told, log, journal, events, intake, make, fact };
}

describe('taking a fact from outside', () => {
  it('refuses what cannot be stored, and takes it when it is told again', async () => {
    const { intake, fact, told, log } = setUp();
    log.isFull = true;
    await Promise.all([1, 2].map(() => expect(intake.take(fact())).rejects.toThrow('full')));
    log.isFull = false;
    expect(await intake.take(fact())).toMatchObject({ matched: true, duplicate: false });
    expect(told).toHaveLength(1);
  });

  it('is a duplicate for the second of two who tell it at one time', async () => {
    const { intake, fact, told } = setUp();
    const receipts = await Promise.all([intake.take(fact()), intake.take(fact())]);
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(told).toHaveLength(1);
  });

  it.each([
    { mailId: 'mail1', messageId: undefined },
    { messageId: '1@acme.test' },
    { messageId: ' <1@acme.test> ' },
    { providerMessageId: 'provider-1', messageId: undefined },
  ])('finds its mail by %j, and tells what every event tells', async (reference) => {
    const { intake, fact, told } = setUp();
    const receipt = await intake.take(fact({ ...reference, source: 'ses', recipient: 'ADA@EXAMPLE.test' }));
    expect(receipt).toEqual({ matched: true, duplicate: false, mailId: 'mail1', eventId: told[0]?.id });
    expect(told).toMatchObject([
      {
        type: 'delivered',
        mailId: 'mail1',
        messageId: '<1@acme.test>',
        stream: 'news',
        tenant: 'acme',
        recipient: ADA,
        source: 'ses',
        occurredAt: new Date(5),
      },
    ]);
  });

  it.each([
    { type: 'delivered' },
    { type: 'complained', feedback: 'abuse' },
    { type: 'opened', actor: 'machine' },
    { type: 'clicked', actor: 'human', url: 'https://acme.test/a' },
    { type: 'unsubscribed' },
    { type: 'autoreplied', reason: 'On vacation' },
    { type: 'bounced', kind: 'hard', source: 'bounce-mailbox' },
  ])('records it once however often it is told: %j', async (change) => {
    const { intake, make, fact, told } = setUp();
    expect((await intake.take(fact(change))).duplicate).toBe(false);
    expect((await intake.take(fact(change))).duplicate).toBe(true);
    // Another process asks the journal.
    expect((await make().take(fact(change))).duplicate).toBe(true);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject(change);
  });

  it('records both of two that come at the same moment only when they differ', async () => {
    const { intake, fact, told } = setUp();
    const receipts = await Promise.all(
      [fact(), fact(), fact({ recipient: ADA })].map((one) => intake.take(one)),
    );
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true, false]);
    expect(told).toHaveLength(2);
  });

  it.each([
    { messageId: '<other@acme.test>' },
    { recipient: 'eve@example.test' },
    { recipient: undefined },
    { messageId: undefined, mailId: 'other' },
    { messageId: undefined, providerMessageId: 'other' },
  ])('records as unmatched what fits no mail: %j', async (change) => {
    const { intake, fact, told } = setUp();
    const forged = fact({ type: 'bounced', kind: 'hard', ...change });
    expect(await intake.take(forged)).toMatchObject({ matched: false, duplicate: false });
    expect(await intake.take(forged)).toMatchObject({ matched: false, duplicate: true });
    expect(told).toMatchObject([{ type: 'unmatched', told: 'bounced' }]);
    expect(told[0]).not.toHaveProperty('mailId');
  });

  it('takes a bounce after another only when it makes it graver', async () => {
    const { intake, fact, told } = setUp();
    const bounce = (kind: string) => intake.take(fact({ type: 'bounced', kind }));
    const own = { ...mailEventBase('bounced', mail, ADA, 1, 0), attempt: 1, kind: 'hard' };
    expect((await bounce('soft')).duplicate).toBe(false);
    expect((await bounce('undetermined')).duplicate).toBe(true);
    expect((await bounce('hard')).duplicate).toBe(false);
    expect((await bounce('soft')).duplicate).toBe(true);
    told.push(own as unknown as MailEvent);
    expect((await intake.take(fact({ type: 'bounced', kind: 'hard', recipient: ADA }))).duplicate).toBe(true);
  });

  it('never lies in the future', async () => {
    const { intake, fact, told, clock } = setUp();
    await intake.take(fact({ occurredAt: new Date(clock.now() + 60_000) }));
    await intake.take(fact({ type: 'complained', occurredAt: '2026-12-01T10:00:00+01:00' }));
    expect(told).toMatchObject([
      { occurredAt: new Date(clock.now()) },
      { occurredAt: new Date('2026-12-01T09:00:00Z') },
    ]);
  });

  it.each<[object, string]>([
    [{ type: 'sent' }, 'type'],
    [{ messageId: undefined }, 'fact'],
    [{ mailId: 'mail1' }, 'fact'],
    [{ messageId: '' }, 'messageId'],
    [{ occurredAt: undefined }, 'occurredAt'],
    [{ occurredAt: '2026-12-01 10:00' }, 'occurredAt'],
    [{ occurredAt: 1_700_000_000 }, 'occurredAt'],
    [{ kind: 'hard' }, 'kind'],
    [{ type: 'bounced', kind: 'permanent' }, 'kind'],
    [{ actor: 'human' }, 'actor'],
    [{ url: 'https://a.test' }, 'url'],
    [{ feedback: 'abuse' }, 'feedback'],
    [{ reason: 5 }, 'reason'],
    [{ event: 'bounce' }, 'fact'],
  ])('refuses %j and names %s', async (change, field) => {
    const { intake, fact, told } = setUp();
    await expect(intake.take(fact(change))).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_FACT', field });
    expect(told).toEqual([]);
  });

  it('refuses an address that is none, without showing it', async () => {
    const { intake, fact } = setUp();
    await expect(intake.take(fact({ recipient: 'secret nobody' }))).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_ADDRESS',
      message: expect.not.stringContaining('secret'),
    });
    await expect(intake.take('text' as never)).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_FACT' });
  });
});

describe('the type of a fact', () => {
  it('names its mail in one way', () => {
    const facts: readonly OutsideFact[] = [
      { type: 'delivered', mailId: 'a', occurredAt: new Date(0) },
      { type: 'delivered', messageId: '<a@acme.test>', occurredAt: new Date(0) },
      // @ts-expect-error two references
      { type: 'delivered', mailId: 'a', providerMessageId: 'p', occurredAt: new Date(0) },
      // @ts-expect-error none
      { type: 'delivered', occurredAt: new Date(0) },
    ];
    expect(facts).toHaveLength(4);
  });
});

describe('a fact about a mail that the journal does not know yet', () => {
  const queued = { ...mail, messageId: `<${mail.id}@acme.test>` };
  const spool = {
    get: async (id: string) => (id === mail.id ? { mail: queued, recipients: [], attempts: 0 } : undefined),
  };

  /** Somebody who takes facts while the journal knows the mail only when it is asked for the nth time. */
  function behind({
    knowsAt,
    get = async () => undefined,
  }: {
    knowsAt: number;
    get?: typeof spool.get | (() => Promise<undefined>);
  }) {
    const { clock, journal, events } = setUp();
    let asked = 0;
    const late = {
      ...journal,
      find: async (reference: MailReference) => (++asked < knowsAt ? undefined : journal.find(reference)),
    };
    return {
      clock,
      asked: () => asked,
      intake: new FactIntake({
        relay: 'default',
        finder: new MailFinder({ get }, late),
        events,
        clock,
        rules: {},
        askAgainMs: [1, 1],
      }),
    };
  }

  it('is matched by the Message-ID that the relay gave the mail', async () => {
    const { intake, asked } = behind({ knowsAt: Infinity, get: spool.get });
    const { fact } = setUp();
    expect(await intake.take(fact({ messageId: queued.messageId }))).toMatchObject({ mailId: mail.id });
    expect(asked()).toBe(1);
  });

  it('is not matched by one that only looks like it', async () => {
    const { intake } = behind({ knowsAt: Infinity, get: spool.get });
    const { fact } = setUp();
    expect(await intake.take(fact({ messageId: `<${mail.id}@evil.test>` }))).toMatchObject({
      matched: false,
    });
  });

  it('is matched when the journal has caught up', async () => {
    const { intake, clock } = behind({ knowsAt: 3 });
    const { fact } = setUp();
    const occurredAt = new Date(clock.now() - 1000);
    expect(await intake.take(fact({ occurredAt }))).toMatchObject({ matched: true });
  });

  it('is not waited for when it happened long ago', async () => {
    const { intake, clock, asked } = behind({ knowsAt: 2 });
    const { fact } = setUp();
    const occurredAt = new Date(clock.now() - 60_000);
    expect(await intake.take(fact({ occurredAt }))).toMatchObject({ matched: false });
    expect(asked()).toBe(1);
  });
});
