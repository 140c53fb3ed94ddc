import { describe, expect, it } from 'vitest';
import type { Claim } from '../../src/spool/spool.js';
import type { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { SpoolFolder } from '../support/spool-folder.js';

const folder = new SpoolFolder();
const LEASE = { owner: 'test', leaseMs: 60_000 };
const DAY_MS = 86_400_000;
const PENDING = ['ada@example.test'];

function add(spool: SqlSpool, id: string, dueAt: number, key?: string) {
  const mail = sampleMail({ id, createdAt: dueAt, dueAt, expiresAt: dueAt + 5 * DAY_MS });
  return spool.add(
    sampleEntry(mail, { idempotency: key === undefined ? undefined : { key, fingerprint: 'f' } }),
  );
}

async function claimed(spool: SqlSpool, id: string): Promise<Claim> {
  const claim = await spool.claim(id, LEASE);
  if (!claim) throw new Error(`${id} cannot be claimed`);
  return claim;
}

async function dueIds(spool: SqlSpool): Promise<readonly string[]> {
  return (await spool.due(100)).map(({ id }) => id);
}

describe('a SQLite spool after a restart', () => {
  it('tells at once what was told to the process before, and what nobody was told of', async () => {
    const clock = new TestClock();
    const file = folder.file();
    const first = await folder.open(file, { clock });
    for (let i = 0; i < 250; i++) await add(first, `m${i}`, clock.now());
    await clock.advance(31_000);
    expect(await first.due(1000)).toHaveLength(250);
    await add(first, 'later', clock.now() + DAY_MS);
    await first.close();

    const second = await folder.open(file, { clock });
    const told = new Set<string>();
    for (let look = 0; look < 5; look++) for (const id of await dueIds(second)) told.add(id);
    expect(told.size).toBe(250);
    expect(told.has('later')).toBe(false);
    expect(await dueIds(second)).toEqual([]);
  });

  it('gives claimed mails out at once, counts the crash, and knows what was handed over', async () => {
    const clock = new TestClock();
    const file = folder.file();
    const first = await folder.open(file, { clock });
    for (const id of ['plain', 'marked']) await add(first, id, clock.now());
    await claimed(first, 'plain');
    const lost = await claimed(first, 'marked');
    await first.mark(lost, 'primary', PENDING);
    await first.close();

    const second = await folder.open(file, { clock });
    expect((await dueIds(second)).toSorted()).toEqual(['marked', 'plain']);
    expect(await second.counts()).toMatchObject({ pending: 2, claimed: 0 });
    expect(await claimed(second, 'plain')).toMatchObject({ crashes: 1, abandoned: undefined });
    expect(await claimed(second, 'marked')).toMatchObject({
      crashes: 1,
      abandoned: { transport: 'primary', recipients: PENDING },
    });
    expect(await second.settle(lost, { recipients: [], countAttempt: true })).toBeUndefined();
  });

  it('makes one mail of one key, before, after, and of fifty callers at once', async () => {
    const clock = new TestClock();
    const file = folder.file();
    const first = await folder.open(file, { clock });
    const callers = Array.from({ length: 50 }, (_, i) => add(first, `m${i}`, clock.now(), 'key'));
    const receipts = await Promise.all(callers);
    expect(receipts.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(new Set(receipts.map(({ spooled }) => spooled.mail.id)).size).toBe(1);
    await first.close();

    const second = await folder.open(file, { clock });
    expect(await add(second, 'again', clock.now(), 'key')).toMatchObject({
      deduplicated: true,
      spooled: { mail: { id: receipts[0]?.spooled.mail.id } },
    });
    expect(await second.counts()).toMatchObject({ pending: 1 });
  });
});

describe('a SQLite spool when the clock of the machine jumps', () => {
  it.each([
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ])('%s a day, takes no claim away, and ends each when its time is over', async (_, jump) => {
    const clock = new TestClock();
    const spool = await folder.open(folder.file(), { clock });
    await add(spool, 'a', clock.now());
    const claim = await claimed(spool, 'a');
    clock.jump(jump);
    expect(await dueIds(spool)).toEqual([]);
    expect(await spool.claim('a', LEASE)).toBeUndefined();
    await clock.advance(LEASE.leaseMs - 1);
    expect(await spool.renew(claim, LEASE.leaseMs)).toBe(true);
    await clock.advance(LEASE.leaseMs);
    if (jump > 0) expect(await dueIds(spool)).toEqual(['a']);
    expect(await spool.control.cancel({ mailId: 'a' })).toMatchObject({ kind: 'done' });
  });

  it('goes on with new mail at once', async () => {
    const clock = new TestClock();
    const spool = await folder.open(folder.file(), { clock });
    for (const jump of [DAY_MS, -2 * DAY_MS, DAY_MS]) {
      clock.jump(jump);
      const id = `m${clock.now()}`;
      await add(spool, id, clock.now());
      await spool.settle(await claimed(spool, id), {
        recipients: [{ address: PENDING[0] ?? '', state: 'sent' }],
        countAttempt: true,
      });
    }
    expect(await spool.counts()).toEqual({ pending: 0, claimed: 0, bytes: 0 });
  });
});

describe('a SQLite spool that nobody claims from', () => {
  it('tells each mail less and less often', async () => {
    const clock = new TestClock();
    const spool = await folder.open(folder.file(), { clock });
    await add(spool, 'a', clock.now() + 1000);
    const toldAfter: number[] = [];
    for (let second = 1; second <= 3600; second += 30) {
      await clock.advance(second === 1 ? 1000 : 30_000);
      if ((await dueIds(spool)).length > 0) toldAfter.push(second - 1);
    }
    expect(toldAfter).toEqual([0, 30, 90, 210, 450, 930, 1890, 2850]);
  });

  it('tells streams in turn, whatever waits in one of them', async () => {
    const clock = new TestClock();
    const spool = await folder.open(folder.file(), { clock });
    const due = clock.now() + 1000;
    const bulk = Array.from({ length: 300 }, (_, i) =>
      sampleEntry(sampleMail({ id: `bulk${i}`, stream: 'news', lane: 'marketing', dueAt: due })),
    );
    await spool.addMany(bulk);
    await add(spool, 'password reset', due + 500);
    await clock.advance(2000);
    expect((await spool.due(10)).map(({ id }) => id)).toContain('password reset');
  });
});

describe('a SQLite spool whose disk hangs', () => {
  it('tells whoever waits what is known, refuses new mail, and goes on by itself', async () => {
    const clock = new TestClock();
    const spool = await folder.open(folder.file(), { clock });
    const underway = add(spool, 'underway', clock.now());
    await microtasks();
    const waiting = add(spool, 'waiting', clock.now());
    await microtasks();
    // Only microtasks ran since: no answer can have been heard.
    const advanced = clock.advance(10_000);
    const refused = add(spool, 'refused', clock.now());
    const told = (await Promise.allSettled([underway, waiting, refused])).map((one) =>
      one.status === 'rejected' ? (one.reason as Error & { code: string }) : undefined,
    );
    expect(new Set(told.map((error) => error?.code))).toEqual(new Set(['ERR_MAIL_RELAY_SPOOL_UNAVAILABLE']));
    expect(told.map((error) => error?.message)).toEqual([
      expect.stringMatching(/^Mail underway: .+ is unknown; with an idempotency key/),
      expect.stringMatching(/^Mail waiting: .+ Nothing was stored/),
      expect.stringMatching(/^Mail refused: .+ Nothing was stored/),
    ]);
    await advanced;

    await expect.poll(() => spool.counts().catch(() => undefined), { timeout: 20_000 }).toBeDefined();
    await add(spool, 'after', clock.now());
    expect(await Promise.all(['waiting', 'refused'].map((id) => spool.get(id)))).toEqual([
      undefined,
      undefined,
    ]);
    expect(await spool.get('after')).toBeDefined();
  });
});

/** Lets promises settle that wait for promises alone. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
