import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import type { Spool } from '../../src/spool/spool.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const MINUTE_MS = 60_000;
const log = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };
const clock = new SystemClock();

let redis: TestRedis;
let client: Redis;
beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
});
afterAll(() => redis.stop());

let base: string;
let spool: Spool;
beforeEach(async () => {
  const namespace = randomUUID();
  base = `{${namespace}:default}:`;
  const relay = new RelayRedis({ namespace, relay: 'default', redis: redis.url, log });
  spool = await relay.openSpool(clock);
  return async () => {
    await relay.closeQueue();
    await spool.close();
  };
});

async function add(id: string, ageMs = 0): Promise<void> {
  const dueAt = clock.now() - ageMs;
  await spool.add(sampleEntry(sampleMail({ id, createdAt: dueAt, dueAt })));
}

async function waitingSince(): Promise<number | undefined> {
  const [stream] = await spool.control.streams();
  return stream?.waitingSince;
}

describe('how long mail waits in Redis', () => {
  it('is not known, and stops nothing, where its minutes are lost', async () => {
    await add('a');
    await client.del(`${base}a:transactional/transactional`, `${base}o:transactional/transactional`);
    expect(await spool.control.streams()).toMatchObject([{ stream: 'transactional', pending: 1 }]);
    expect(await waitingSince()).toBeUndefined();
  });

  it('is right again when the stream was empty, after a record was damaged', async () => {
    await add('a', 10 * MINUTE_MS);
    await client.set(`${base}m:a`, 'no record');
    expect(await spool.claim('a', { owner: 'test', leaseMs: 1000 })).toBeUndefined();
    expect(await spool.control.streams()).toEqual([]);
    await add('b');
    expect(await waitingSince()).toBeGreaterThan(clock.now() - 2 * MINUTE_MS);
  });

  it('leaves nothing behind', async () => {
    await add('a');
    await spool.control.cancel({ mailId: 'a' });
    expect(await client.exists(`${base}a:transactional/transactional`)).toBe(0);
    expect(await client.exists(`${base}o:transactional/transactional`)).toBe(0);
  });
});
