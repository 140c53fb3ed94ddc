import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Mail } from '../../src/core/mail/mail.js';
import type { DeliveryFailure } from '../../src/core/failure/delivery-failure.js';
import { mailEventBase } from '../../src/events/mail-event-base.js';
import type { MailBounced, MailEvent, MailQueued, MailSent } from '../../src/events/mail-event.js';
import type { CheckedSearch, JournalRetention } from '../../src/journal/journal-store.js';
import type { JournalEntry } from '../../src/journal/mail-journal.js';
import { RedisJournal } from '../../src/storage/redis/journal/redis-journal.js';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { sampleMail } from '../../src/testing/sample-mail.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const DAY_MS = 86_400_000;
const RETENTION: JournalRetention = {
  eventsMs: 90 * DAY_MS,
  personalMs: 90 * DAY_MS,
  countersMs: 400 * DAY_MS,
  maxMails: Number.POSITIVE_INFINITY,
};

let redis: TestRedis;
let connections: RedisConnections;
let clock: TestClock;
let base: string;
let journal: RedisJournal;
let serial = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => {
  connections = new RedisConnections({ redis: redis.url });
  clock = new TestClock();
  base = `{${newNamespace()}:default}:`;
  journal = open();
});
afterEach(() => connections.close());

function open(retention: Partial<JournalRetention> = {}): RedisJournal {
  const link = new RedisLink(connections.connect('spool'), base);
  return new RedisJournal(
    link,
    { base, clock, leaseClock: () => clock.now() },
    { ...RETENTION, ...retention },
  );
}

function newMail(changes: Partial<Mail> = {}): Mail {
  const id = `mail${String(++serial).padStart(22, '0')}`;
  return sampleMail({ id, createdAt: clock.now(), dueAt: clock.now(), subject: 'Welcome', ...changes });
}

function to(...recipients: readonly string[]): Partial<Mail> {
  return { envelope: { from: 'hello@acme.test', to: recipients } };
}

function queued(mail: Mail, recipient = mail.envelope.to[0] ?? ''): MailQueued {
  return { ...mailEventBase('queued', mail, recipient, 0, clock.now()), dueAt: new Date(clock.now()) };
}

function sent(mail: Mail, recipient = mail.envelope.to[0] ?? '', changes: Partial<MailSent> = {}): MailSent {
  return {
    ...mailEventBase('sent', mail, recipient, 1, clock.now()),
    attempt: 1,
    transport: 'primary',
    ...changes,
  };
}

function bounced(mail: Mail, recipient = mail.envelope.to[0] ?? ''): MailBounced {
  const failure = {
    class: 'hard.recipient',
    summary: 'no such mailbox',
    reply: { code: 550, text: `no ${recipient} here`, consistent: true },
  } as DeliveryFailure;
  const facts = mailEventBase('bounced', mail, recipient, 1, clock.now());
  return { ...facts, attempt: 1, transport: 'primary', failure, kind: 'hard', suppress: 'now' };
}

async function all(search: Partial<CheckedSearch> = {}): Promise<readonly JournalEntry[]> {
  const found: JournalEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await journal.search({ limit: 7, ...search, cursor });
    expect(page.entries.length).toBeLessThanOrEqual(search.limit ?? 7);
    found.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

function addresses(entries: readonly JournalEntry[]): readonly string[] {
  return entries.map(({ recipient }) => recipient.address);
}

function everyKey(): Promise<string[]> {
  return redis.client().keys(`${base.replaceAll(/[[\]{}]/g, '?')}*`);
}

describe('the journal in Redis', () => {
  it('tells the life of a mail, each event once however often and from wherever it is recorded', async () => {
    const mail = newMail(to('ada@example.test', 'bob@example.test'));
    const events: readonly MailEvent[] = [
      queued(mail),
      queued(mail, 'bob@example.test'),
      sent(mail),
      bounced(mail, 'bob@example.test'),
    ];
    await Promise.all([
      journal.record(events),
      open().record(events),
      ...events.map((event) => journal.record([event])),
    ]);
    const timeline = await journal.timeline(mail.id);
    expect(timeline?.events.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      events.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(
      Object.fromEntries(timeline?.recipients.map(({ address, state }) => [address, state]) ?? []),
    ).toEqual({ 'ada@example.test': 'sent', 'bob@example.test': 'bounced' });
    expect(await journal.counters({ by: ['type'] })).toEqual(
      expect.arrayContaining([
        { type: 'queued', count: 2 },
        { type: 'sent', count: 1 },
        { type: 'bounced', count: 1 },
      ]),
    );
  });

  it('finds by every term, newest first, over pages that end within a mail', async () => {
    const mails: Mail[] = [];
    for (let i = 0; i < 30; i++) {
      const mail = newMail({
        ...to(`user${i}@example.test`, `copy${i}@example.test`, 'Boss@Example.test'),
        subject: `Invoice ${i}`,
        stream: i % 2 === 0 ? 'transactional' : 'marketing',
        tenant: i % 3 === 0 ? 'north' : '',
        template: i % 5 === 0 ? 'invoice' : 'welcome',
        tags: i === 4 ? ['rare', 'often'] : ['often'],
      });
      mails.push(mail);
      await journal.record(mail.envelope.to.map((one) => queued(mail, one)));
      await journal.record([i === 7 ? bounced(mail) : sent(mail)]);
      if (i % 4 === 3) await clock.advance(1000);
    }
    const newestFirst = mails
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .flatMap((mail) => mail.envelope.to);
    expect(addresses(await all())).toEqual(newestFirst);
    expect(addresses(await all({ limit: 1 }))).toEqual(newestFirst);
    expect(addresses(await all({ limit: 2 }))).toEqual(newestFirst);
    expect(addresses(await all({ recipient: 'USER3@example.test' }))).toEqual(['user3@example.test']);
    expect(await all({ recipient: 'boss@example.test' })).toHaveLength(30);
    expect(await all({ tag: 'rare' })).toHaveLength(3);
    expect(await all({ tag: 'often' })).toHaveLength(90);
    expect(await all({ template: 'invoice' })).toHaveLength(18);
    expect(await all({ stream: 'marketing' })).toHaveLength(45);
    expect(await all({ stream: 'transactional', tenant: 'north' })).toHaveLength(15);
    expect(await all({ tenant: '' })).toHaveLength(60);
    expect(addresses(await all({ state: 'bounced' }))).toEqual(['user7@example.test']);
    expect(await all({ state: 'sent' })).toHaveLength(29);
    expect(await all({ state: 'queued' })).toHaveLength(60);
    expect(await all({ subject: 'invoice 1' })).toHaveLength(33);
    const [first, last] = [mails[0]?.createdAt ?? 0, mails[29]?.createdAt ?? 0];
    expect(await all({ since: last })).toHaveLength(6);
    expect(await all({ until: first + 1 })).toHaveLength(12);
    expect(await all({ since: last, tag: 'often', until: last + 1 })).toHaveLength(6);
  });

  it('has no page for a cursor that is none', async () => {
    await journal.record([queued(newMail())]);
    expect(await journal.search({ limit: 5, cursor: 'nonsense' })).toEqual({ entries: [] });
  });

  it('finds the mail that somebody else speaks of', async () => {
    const mail = newMail(to('ada@example.test', 'bob@example.test'));
    const other = newMail({ messageId: '<own@shop.test>' });
    await journal.record([queued(mail), sent(mail, 'bob@example.test', { providerMessageId: 'p-1' })]);
    await journal.record([queued(other)]);
    expect((await journal.find({ messageId: mail.messageId }))?.mailId).toBe(mail.id);
    expect((await journal.find({ messageId: '<own@shop.test>' }))?.mailId).toBe(other.id);
    const found = await journal.find({ providerMessageId: 'p-1', recipient: 'BOB@example.test' });
    expect(found).toMatchObject({
      mailId: mail.id,
      relay: 'default',
      recipients: [{ address: 'bob@example.test' }],
    });
    expect((await journal.find({ mailId: mail.id }))?.recipients).toHaveLength(2);
    expect(await journal.find({ mailId: mail.id, recipient: 'eve@example.test' })).toBeUndefined();
    expect(await journal.find({ messageId: `<${mail.id}@other.test>` })).toBeUndefined();
  });

  it('counts by what is told apart', async () => {
    const mail = newMail({ ...to('ada@Example.test', 'bob@example.org'), stream: 'marketing' });
    await journal.record(mail.envelope.to.flatMap((one) => [queued(mail, one), sent(mail, one)]));
    const hour = new Date(clock.now());
    await clock.advance(3_600_000);
    await journal.record([sent(newMail())]);
    const counts = await journal.counters({ by: ['hour', 'type', 'stream', 'transport', 'domain'] });
    expect(counts).toHaveLength(5);
    expect(counts).toContainEqual({
      hour,
      type: 'sent',
      stream: 'marketing',
      transport: 'primary',
      domain: 'example.test',
      count: 1,
    });
    expect(await journal.counters({ by: [], types: ['sent'] })).toEqual([{ count: 3 }]);
    expect(await journal.counters({ by: [], domain: 'example.org' })).toEqual([{ count: 2 }]);
    expect(await journal.counters({ by: [], since: clock.now() })).toEqual([{ count: 1 }]);
    expect(await journal.counters({ by: [], until: clock.now() })).toEqual([{ count: 4 }]);
    expect(await journal.counters({ by: [], transport: '' })).toEqual([{ count: 2 }]);
  });

  it('erases an address wherever it is, and keeps states, counts and the other recipients', async () => {
    const mail = newMail({ ...to('Ada@example.test', 'bob@example.test'), metadata: { name: 'Ada' } });
    const alone = newMail({ ...to('ada@example.test'), subject: 'Dear Ada' });
    const redirected = newMail({ ...to('dev@acme.test'), originalRecipients: ['ada@example.test'] });
    await journal.record([queued(mail), queued(mail, 'bob@example.test'), bounced(mail)]);
    await journal.record([queued(alone), sent(alone), queued(redirected)]);
    const counts = await journal.counters({ by: ['type', 'domain'] });
    expect(await journal.erase('ADA@example.test')).toEqual({ recipients: 2 });

    expect(await journal.counters({ by: ['type', 'domain'] })).toEqual(counts);
    expect(await all({ recipient: 'ada@example.test' })).toEqual([]);
    const timeline = await journal.timeline(mail.id);
    expect(timeline?.recipients).toMatchObject([
      { address: '', state: 'bounced' },
      { address: 'bob@example.test', state: 'queued' },
    ]);
    expect(timeline).toMatchObject({ subject: 'Welcome', metadata: { name: 'Ada' } });
    expect((await journal.timeline(alone.id))?.subject).toBeUndefined();

    // What is told later is of the same recipient, and has no address either.
    await journal.record([sent(mail, 'Ada@example.test', { id: 'late', reply: undefined }), sent(alone)]);
    expect((await journal.timeline(mail.id))?.recipients).toHaveLength(2);
    const client = redis.client();
    const keys = await everyKey();
    const texts = keys.filter((key) => key.includes('j:m:'));
    expect(texts).toHaveLength(3);
    const dump = `${keys.join()} ${(await client.mget(texts)).join()}`.replaceAll('"Ada"', '').toLowerCase();
    expect(dump).not.toContain('ada');
  });

  it('forgets what is old, in whole, and what is too many', async () => {
    journal = open({ eventsMs: 10 * DAY_MS, personalMs: 10 * DAY_MS, countersMs: 20 * DAY_MS, maxMails: 5 });
    for (let i = 0; i < 8; i++) {
      await journal.record([queued(newMail({ tags: ['x'], template: 'y', tenant: 'z' }))]);
      await clock.advance(1000);
    }
    expect(await journal.purge(2)).toBe(2);
    expect(await journal.purge(100)).toBe(1);
    expect(await all()).toHaveLength(5);
    await clock.advance(11 * DAY_MS);
    expect(await journal.purge(100)).toBe(5);
    expect(await all()).toEqual([]);
    expect(await journal.counters({ by: [] })).toEqual([{ count: 8 }]);
    await clock.advance(11 * DAY_MS);
    expect(await journal.purge(100)).toBe(1);
    expect(await everyKey()).toEqual([]);
  });

  it('forgets personal data before the rest', async () => {
    journal = open({ personalMs: DAY_MS });
    const mail = newMail({ metadata: { name: 'Ada' } });
    await journal.record([queued(mail), sent(mail)]);
    expect(await journal.purge(100)).toBe(0);
    await clock.advance(2 * DAY_MS);
    expect(await journal.purge(100)).toBe(1);
    expect(await journal.purge(100)).toBe(0);
    expect(await journal.timeline(mail.id)).toMatchObject({
      metadata: {},
      recipients: [{ address: '', state: 'sent' }],
    });
    expect(await all({ recipient: 'ada@example.test' })).toEqual([]);
  });

  it('looks at a bounded number of mails for a page, and goes on from there', async () => {
    const rare = newMail({ subject: 'Needle' });
    await journal.record([queued(rare)]);
    await clock.advance(1);
    const others = Array.from({ length: 2500 }, () => queued(newMail()));
    await journal.record(others);
    const first = await journal.search({ subject: 'needle', limit: 5 });
    expect(first).toEqual({ entries: [], cursor: expect.any(String) });
    const second = await journal.search({ subject: 'needle', limit: 5, cursor: first.cursor });
    expect(second.entries.map(({ mailId }) => mailId)).toEqual([rare.id]);
  });
});
