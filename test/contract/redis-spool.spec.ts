import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { RedisSpool } from '../../src/storage/redis/redis-spool.js';
import { REDIS_SPOOL_DEFAULTS } from '../../src/storage/redis/redis-spool-settings.js';
import { describeSpoolContract } from '../../src/testing/spool-contract.js';
import type { TestClock } from '../../src/testing/test-clock.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let connections: RedisConnections;
let link: RedisLink;
let base: string;

beforeAll(async () => {
  redis = await startRedis();
  connections = new RedisConnections({ redis: redis.url });
});

afterAll(async () => {
  await connections.close();
  await redis.stop();
});

async function reopen(clock: TestClock): Promise<RedisSpool> {
  link = new RedisLink(connections.connect('spool'), base);
  const spool = new RedisSpool(link, {
    ...REDIS_SPOOL_DEFAULTS,
    base,
    clock,
    leaseClock: () => clock.now(),
    durability: 'fsync',
    log: { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} },
  });
  await spool.open();
  return spool;
}

describeSpoolContract({
  describe,
  it,
  name: 'Redis',
  open: async (clock) => {
    base = `{${randomUUID()}}:`;
    return reopen(clock);
  },
  reopen,
});
