import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailEventBase } from '../../src/events/mail-event-base.js';
import type { MailEvent } from '../../src/events/mail-event.js';
import { EventNews } from '../../src/storage/redis/events/event-news.js';
import { RedisEventLog } from '../../src/storage/redis/events/redis-event-log.js';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { RedisSpool } from '../../src/storage/redis/redis-spool.js';
import { REDIS_SPOOL_DEFAULTS } from '../../src/storage/redis/redis-spool-settings.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LEASE = { owner: 'test', leaseMs: MINUTE_MS };

let redis: TestRedis;
let connections: RedisConnections;
let clock: TestClock;
let spool: RedisSpool;
let log: RedisEventLog;
let said: string[];
let key: string;
let serial = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  open();
  await spool.open();
});
afterEach(() => connections.close());

function open(retention: { maxEvents?: number } = {}): void {
  connections = new RedisConnections({ redis: redis.url });
  clock = new TestClock();
  said = [];
  const base = `{${newNamespace()}:default}:`;
  key = `${base}x`;
  const link = new RedisLink(connections.connect('spool'), base);
  const settings = { base, clock, leaseClock: () => clock.now() };
  spool = new RedisSpool(link, {
    ...REDIS_SPOOL_DEFAULTS,
    ...settings,
    retention: { ...REDIS_SPOOL_DEFAULTS.retention, ...retention },
    durability: 'fsync',
    log: { debug: () => {}, log: () => {}, warn: () => {}, error: (line: string) => void said.push(line) },
  });
  log = new RedisEventLog(link, settings, new EventNews(connections.connect('subscriber'), key));
}

function newMail(to: readonly string[] = ['ada@example.test']) {
  const now = clock.now();
  const id = `mail${String(++serial).padStart(22, '0')}`;
  return sampleMail({ id, createdAt: now, dueAt: now, envelope: { from: 'hello@acme.test', to } });
}

function queued(mail: ReturnType<typeof newMail>): readonly MailEvent[] {
  return mail.envelope.to.map((to) => ({
    ...mailEventBase('queued', mail, to, 0, clock.now()),
    dueAt: new Date(clock.now()),
  }));
}

function sentEvents(mail: ReturnType<typeof newMail>): readonly MailEvent[] {
  return mail.envelope.to.map((to) => ({ ...mailEventBase('sent', mail, to, 1, clock.now()), attempt: 1 }));
}

async function all() {
  return (await log.read({ after: '', limit: 1000 })).events.map(({ event }) => event);
}

/** Steps, each at a moment of its own. */
async function store(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const mail = newMail();
    await spool.add(sampleEntry(mail, { events: queued(mail) }));
    await clock.advance(1);
  }
}

describe('the event log in Redis', () => {
  it('has the events of a mail that was stored, and of its outcome, in one entry for each step', async () => {
    const mail = newMail(['ada@example.test', 'bob@example.test', 'eve@example.test']);
    await spool.add(sampleEntry(mail, { events: queued(mail) }));
    const claim = await spool.claim(mail.id, LEASE);
    if (!claim) throw new Error('not claimed');
    await spool.settle(claim, {
      recipients: mail.envelope.to.map((address) => ({ address, state: 'sent' })),
      countAttempt: true,
      events: sentEvents(mail),
    });
    expect(await all()).toEqual([...queued(mail), ...sentEvents(mail)]);
    expect(await redis.client().xlen(key)).toBe(2);
  });

  it('has nothing of a mail that was known, and nothing of a claim that was lost', async () => {
    const mail = newMail();
    const again = newMail();
    const idempotency = { key: 'once', fingerprint: 'same' };
    await spool.add(sampleEntry(mail, { idempotency, events: queued(mail) }));
    await spool.add(sampleEntry(again, { idempotency, events: queued(again) }));
    const claim = await spool.claim(mail.id, LEASE);
    await clock.advance(LEASE.leaseMs + 1);
    if (!claim || !(await spool.claim(mail.id, LEASE))) throw new Error('not claimed');
    const settlement = { recipients: [], countAttempt: true, events: sentEvents(mail) };
    expect(await spool.settle(claim, settlement)).toBeUndefined();
    expect((await all()).map(({ id }) => id)).toEqual(queued(mail).map(({ id }) => id));
  });

  it('has the events of many mails that are stored at once', async () => {
    const mails = Array.from({ length: 50 }, () => newMail());
    await spool.addMany(mails.map((mail) => sampleEntry(mail, { events: queued(mail) })));
    expect(await all()).toEqual(mails.flatMap(queued));
  });

  it('goes on in the middle of a step', async () => {
    const mail = newMail(['ada@example.test', 'bob@example.test', 'eve@example.test']);
    await spool.add(sampleEntry(mail, { events: queued(mail) }));
    const first = await log.read({ after: '', limit: 2 });
    expect(first.events.map(({ event }) => event)).toEqual(queued(mail).slice(0, 2));
    const second = await log.read({ after: first.position, limit: 2 });
    expect(second.events.map(({ event }) => event)).toEqual(queued(mail).slice(2));
    expect(second.position).toBe(await log.end());
    expect(await log.read({ after: second.position, limit: 2 })).toEqual({
      events: [],
      position: second.position,
    });
  });

  it('is not read to its end for one page of something rare', async () => {
    const mail = newMail();
    const many = Array.from({ length: 12_000 }, (_, i) => ({
      ...mailEventBase('cancelled', mail, 'ada@example.test', i, clock.now()),
    }));
    await log.append(many);
    const page = await log.read({ after: '', limit: 100, types: ['bounced'] });
    expect(page.events).toEqual([]);
    expect(page.position > '' && page.position < (await log.end())).toBe(true);
  });

  it('tells who waits within the time of a message, however many steps follow', async () => {
    let last = '';
    const heard = new Promise<void>((resolve) => {
      log.watch(() => void log.end().then((end) => end === last && resolve()));
    });
    await expect.poll(async () => (await redis.client().pubsub('NUMSUB', key))[1]).toBe(1);
    await store(300);
    last = await log.end();
    await heard;
  });

  it('forgets what every reader has done, but for the last minutes', async () => {
    await log.hold('slow', 'test', DAY_MS);
    const fast = await log.hold('fast', 'test', DAY_MS);
    await store(400);
    await fast?.save({ position: await log.end(), waiting: [] }, DAY_MS);
    await clock.advance(20 * MINUTE_MS);
    await spool.control.purge(100);
    expect(await redis.client().xlen(key)).toBe(400);
    await clock.advance(DAY_MS);
    const slow = await log.hold('slow', 'test', DAY_MS);
    await slow?.save({ position: await log.end(), waiting: [] }, DAY_MS);
    await store(1);
    await spool.control.purge(100);
    // Whole nodes of the stream go, and the last one is not whole.
    expect(await redis.client().xlen(key)).toBeLessThan(100);
    expect((await all()).length).toBeGreaterThan(0);
    expect(said).toEqual([]);
  });

  it('keeps what a reader has to hear again', async () => {
    const reader = await log.hold('one', 'test', DAY_MS);
    await store(400);
    const [first] = (await log.read({ after: '', limit: 1 })).events;
    const position = first?.position ?? '';
    const waiting = [{ position, tries: 3, dueAt: clock.now() + DAY_MS }];
    await reader?.save({ position: await log.end(), waiting }, DAY_MS);
    await clock.advance(20 * MINUTE_MS);
    await spool.control.purge(100);
    expect(await log.get([position])).toEqual([first]);
  });

  it('forgets what is beyond the retention, whoever waits, and names who that is', async () => {
    await log.hold('Signup.markAddress', 'test', MINUTE_MS);
    await store(400);
    await clock.advance(3 * DAY_MS + MINUTE_MS);
    await store(1);
    await spool.control.purge(100);
    expect(await redis.client().xlen(key)).toBeLessThan(100);
    expect(said.join()).toContain('Signup.markAddress');
  });

  it('is no larger than it may be, and names who misses something', async () => {
    await connections.close();
    open({ maxEvents: 200 });
    await spool.open();
    await log.hold('Signup.markAddress', 'test', MINUTE_MS);
    await store(400);
    await spool.control.purge(100);
    expect(await redis.client().xlen(key)).toBeLessThan(300);
    expect(said.join()).toContain('Signup.markAddress');
  });

  it('forgets a reader that nobody has had for a month', async () => {
    const reader = await log.hold('renamed', 'test', MINUTE_MS);
    await clock.advance(31 * DAY_MS);
    await spool.control.purge(100);
    expect(await reader?.save({ position: '', waiting: [] }, MINUTE_MS)).toBe(false);
  });
});
