import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { SpoolFolder } from '../support/spool-folder.js';

const folder = new SpoolFolder();
const LEASE = { owner: 'test', leaseMs: 60_000 };
const UNAVAILABLE = 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE';

/** A mail whose message does not compress to nothing. */
function entryOf(id: string, octets = 20_000) {
  const message = createHash('shake256', { outputLength: octets }).update(id).digest();
  return sampleEntry(sampleMail({ id, sizeBytes: octets }), { message });
}

/** A file with one mail, closed, and as the process would leave it that is killed. */
async function fileWith(ids: readonly string[]): Promise<string> {
  const file = folder.file();
  const spool = await folder.open(file);
  for (const id of ids) await spool.add(entryOf(id));
  await spool.close();
  return file;
}

/** Changes a closed file behind the spool's back. */
function change(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

async function claimable(spool: SqlSpool, ids: readonly string[]): Promise<readonly string[]> {
  const claims = await Promise.all(ids.map((id) => spool.claim(id, LEASE)));
  return claims.flatMap((claim) => claim?.mail.id ?? []);
}

describe('the file of a SQLite spool', () => {
  it('is made with its folders, for its owner alone, and says who holds it until it is closed', async () => {
    const file = folder.file();
    const spool = await folder.open(file, { relay: 'shop' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(`${file}.owner`, 'utf8'))).toMatchObject({
      pid: process.pid,
      relay: 'shop',
    });
    await spool.close();
    expect(existsSync(`${file}.owner`)).toBe(false);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it('belongs to one relay, and the second one is told which', async () => {
    const file = folder.file();
    await folder.open(file, { relay: 'shop' });
    await expect(folder.open(file, { relay: 'news' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_SPOOL_IN_USE',
      message: expect.stringMatching(/relay "shop" in process \d+ on .+ since 2027-01-01.+file of its own/s),
    });
  });

  it('stays locked when somebody opened it in vain', async () => {
    const file = folder.file();
    const spool = await folder.open(file);
    for (let i = 0; i < 2; i++) {
      await expect(folder.open(file)).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_SPOOL_IN_USE' });
    }
    await spool.add(entryOf('a'));
  });

  it('is waited for while the process before closes it', async () => {
    const file = folder.file();
    const first = await folder.open(file);
    await first.add(entryOf('a'));
    const second = folder.open(file, { lockWaitMs: 30_000 });
    await first.close();
    expect(await claimable(await second, ['a'])).toEqual(['a']);
  });

  it('is left alone when a newer version wrote it', async () => {
    const file = await fileWith(['a']);
    change(file, 'PRAGMA user_version = 999');
    const before = readFileSync(file);
    await expect(folder.open(file)).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_SPOOL_VERSION',
      message: expect.stringContaining('999'),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('is refused when it is the database of something else', async () => {
    const file = folder.file();
    await (await folder.open(file)).close();
    const other = `${file}.other`;
    change(other, 'CREATE TABLE users (name TEXT)');
    await expect(folder.open(other)).rejects.toMatchObject({
      code: UNAVAILABLE,
      message: expect.stringContaining('file of its own'),
    });
  });

  it('is refused when it is no database', async () => {
    const file = await fileWith(['a']);
    writeFileSync(file, 'Dear diary, '.repeat(1000));
    await expect(folder.open(file)).rejects.toMatchObject({
      code: UNAVAILABLE,
      message: expect.stringContaining('SQLITE_NOTADB'),
    });
  });

  it('is refused when it was cut', async () => {
    const file = await fileWith(['a', 'b', 'c']);
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await expect(folder.open(file)).rejects.toMatchObject({
      code: UNAVAILABLE,
      message: expect.stringContaining('.recover'),
    });
  });

  it('loses nothing of what was committed when only the end of its log is cut', async () => {
    const file = folder.file();
    const spool = await folder.open(file);
    await spool.add(entryOf('a'));
    const whole = statSync(`${file}-wal`).size;
    await spool.add(entryOf('b'));
    // What a machine that lost its power would find.
    for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${file}.copy${suffix}`);
    truncateSync(`${file}.copy-wal`, whole + 100);
    const again = await folder.open(`${file}.copy`);
    expect(await claimable(again, ['a', 'b'])).toEqual(['a']);
    expect(await again.counts()).toMatchObject({ pending: 1 });
  });
});

describe('a SQLite spool on a full disk', () => {
  it('accepts nothing, says so, and goes on when there is room', async () => {
    const file = folder.file();
    const spool = await folder.open(file, { maxPages: 60 });
    const ids: string[] = [];
    const addUntilFull = async (): Promise<unknown> => {
      for (;;) {
        const id = `m${ids.length}`;
        try {
          await spool.add(entryOf(id));
        } catch (error) {
          return error;
        }
        ids.push(id);
      }
    };
    const refused = await addUntilFull();
    expect(refused).toMatchObject({ code: UNAVAILABLE, message: expect.stringContaining('disk is full') });
    expect(ids.length).toBeGreaterThan(3);
    expect(await spool.counts()).toMatchObject({ pending: ids.length, claimed: 0 });
    expect(await spool.get(`m${ids.length}`)).toBeUndefined();

    // What is there can still be sent, which makes room.
    for (const id of ids.slice(0, 3)) {
      const claim = await spool.claim(id, LEASE);
      expect(claim).toBeDefined();
      if (!claim) continue;
      await spool.mark(claim, 'primary', claim.mail.envelope.to);
      const recipients = claim.recipients.map(({ address }) => ({ address, state: 'sent' as const }));
      expect(await spool.settle(claim, { recipients, countAttempt: true })).toBeDefined();
    }
    await spool.add(entryOf('after'));
    expect(await claimable(spool, ['after'])).toEqual(['after']);
  });

  it('refuses the mail that has no room, and keeps those that were added with it', async () => {
    const spool = await folder.open(folder.file(), { maxPages: 60 });
    const results = await Promise.allSettled([
      spool.add(entryOf('small', 100)),
      spool.add(entryOf('huge', 60 * 4096)),
      spool.add(entryOf('small too', 100)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await claimable(spool, ['small', 'huge', 'small too'])).toEqual(['small', 'small too']);
    expect(await spool.counts()).toEqual({ pending: 2, claimed: 2, bytes: 200 });
  });

  it('keeps the good entries of a batch', async () => {
    const spool = await folder.open(folder.file(), { maxPages: 200 });
    const entries = Array.from({ length: 120 }, (_, i) => entryOf(`m${i}`, i < 60 ? 100 : 30_000));
    const answers = await spool.addMany(entries);
    expect(answers).toHaveLength(120);
    const refused = answers.filter((answer) => answer instanceof Error);
    expect(refused.length).toBeGreaterThan(0);
    expect(await spool.counts()).toMatchObject({ pending: 120 - refused.length });
  });
});

describe('records a SQLite spool cannot read', () => {
  it.each([
    ['mail', "UPDATE mails SET mail = '{' WHERE id = 'bad'"],
    ['recipients', "UPDATE mails SET recipients = '[1]' WHERE id = 'bad'"],
    ['handed-over mark', "UPDATE mails SET abandoned = 'x' WHERE id = 'bad'"],
    [
      'message',
      "UPDATE messages SET octets = x'00' WHERE mail_seq = (SELECT seq FROM mails WHERE id = 'bad')",
    ],
    [
      'message that is gone',
      "DELETE FROM messages WHERE mail_seq = (SELECT seq FROM mails WHERE id = 'bad')",
    ],
  ])('are set aside when the %s is damaged, and the others go on', async (_, damage) => {
    const file = await fileWith(['bad', 'good']);
    change(file, damage);
    const clock = new TestClock();
    const spool = await folder.open(file, { clock });
    expect(await claimable(spool, ['bad', 'good'])).toEqual(['good']);
    expect(await spool.counts()).toEqual({ pending: 1, claimed: 1, bytes: 20_000 });
    await clock.advance(86_400_000 * 400);
    await spool.control.purge(10);
    expect((await spool.due(10)).map(({ id }) => id)).toEqual(['good']);
    const { mails } = await spool.control.kept({ limit: 10 });
    expect(mails).toMatchObject([
      { keptReason: 'set-aside', mail: { id: 'bad', lane: 'transactional', stream: 'transactional' } },
    ]);
    expect(await spool.control.keptCounts()).toMatchObject({ 'set-aside': 1 });
    expect(await spool.get('bad')).toBeDefined();
    expect(await spool.control.discard('bad')).toBe(true);
  });

  it('are set aside when a large message is damaged, by the attempt that finds it', async () => {
    const file = folder.file();
    const first = await folder.open(file);
    const message = Buffer.from('compressible '.repeat(20_000));
    await first.add(sampleEntry(sampleMail({ id: 'bad' }), { message }));
    await first.close();
    change(file, 'UPDATE messages SET octets = substr(octets, 1, 50)');
    const spool = await folder.open(file);
    const claim = await spool.claim('bad', LEASE);
    await expect(async () => claim?.message()).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_CLAIM_LOST' });
    expect(await spool.control.keptCounts()).toMatchObject({ 'set-aside': 1 });
  });

  it('are left alone when a newer version wrote them', async () => {
    const file = await fileWith(['new', 'old']);
    change(file, "UPDATE mails SET record_version = 2 WHERE id = 'new'");
    const clock = new TestClock();
    const spool = await folder.open(file, { clock });
    expect(await claimable(spool, ['new', 'old'])).toEqual(['old']);
    expect((await spool.due(10)).map(({ id }) => id)).toEqual([]);
    expect((await spool.control.cancel({ mailId: 'new' })).kind).toBe('too-late');
    await spool.close();
    change(file, "UPDATE mails SET record_version = 1 WHERE id = 'new'");
    expect(await claimable(await folder.open(file), ['new'])).toEqual(['new']);
  });
});

describe('large messages', () => {
  it.each([
    ['that compress', Buffer.from('compressible '.repeat(200_000))],
    ['that do not', entryOf('x', 300_000).message],
    ['at the border', Buffer.alloc(65_536, 'a b')],
    ['just beyond it', Buffer.alloc(65_537, 'a b')],
    ['of no octets', Buffer.alloc(0)],
  ])('%s come back as they were', async (_, message) => {
    const spool = await folder.open(folder.file());
    const mail = sampleMail({ id: 'large' });
    const receipt = await spool.add(sampleEntry(mail, { message }), LEASE);
    const first = receipt.deduplicated ? undefined : receipt.claim;
    expect((await first?.message())?.equals(message)).toBe(true);
    if (first) await spool.settle(first, { recipients: [], countAttempt: false });
    const claim = await spool.claim('large', LEASE);
    expect((await claim?.message())?.equals(message)).toBe(true);
    expect(await spool.counts()).toMatchObject({ bytes: message.length });
  });
});
