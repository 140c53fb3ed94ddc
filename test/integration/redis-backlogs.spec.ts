import { describe, expect, it } from 'vitest';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { SpoolInRedis } from '../support/redis-spool.js';

const MINUTE_MS = 60_000;
const stored = new SpoolInRedis();
const { clock } = stored;

async function add(id: string, ageMs = 0): Promise<void> {
  const dueAt = clock.now() - ageMs;
  await stored.spool.add(sampleEntry(sampleMail({ id, createdAt: dueAt, dueAt })));
}

async function waitingSince(): Promise<number | undefined> {
  const [stream] = await stored.spool.control.streams();
  return stream?.waitingSince;
}

describe('how long mail waits in Redis', () => {
  it('is not known, and stops nothing, where its minutes are lost', async () => {
    await add('a');
    await stored.client.del(
      `${stored.base}a:transactional/transactional`,
      `${stored.base}o:transactional/transactional`,
    );
    expect(await stored.spool.control.streams()).toMatchObject([{ stream: 'transactional', pending: 1 }]);
    expect(await waitingSince()).toBeUndefined();
  });

  it('is right again when the stream was empty, after a record was damaged', async () => {
    await add('a', 10 * MINUTE_MS);
    await stored.client.set(`${stored.base}m:a`, 'no record');
    expect(await stored.spool.claim('a', { owner: 'test', leaseMs: 1000 })).toBeUndefined();
    expect(await stored.spool.control.streams()).toEqual([]);
    await add('b');
    expect(await waitingSince()).toBeGreaterThan(clock.now() - 2 * MINUTE_MS);
  });

  it('leaves nothing behind', async () => {
    await add('a');
    await stored.spool.control.cancel({ mailId: 'a' });
    expect(await stored.client.exists(`${stored.base}a:transactional/transactional`)).toBe(0);
    expect(await stored.client.exists(`${stored.base}o:transactional/transactional`)).toBe(0);
  });
});
