import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const log = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('what is asked of Redis in one turn', () => {
  it('leaves in one write, and lookups of suppressions are one command', async () => {
    const client = new Redis(redis.url);
    const relay = new RelayRedis({
      namespace: newNamespace(),
      relay: 'default',
      createClient: () => client,
      log,
    });
    const spool = await relay.openSpool(new SystemClock());
    const suppressions = relay.openSuppressions();
    const writes = vi.spyOn(client.stream, '_writev');
    const lookups = vi.spyOn(client, 'hmget');

    await Promise.all(Array.from({ length: 10 }, (_, i) => spool.get(`${i}`)));
    expect(writes).toHaveBeenCalledTimes(1);
    await Promise.all(Array.from({ length: 10 }, (_, i) => suppressions.find('', [`${i}@example.test`])));
    expect(lookups).toHaveBeenCalledTimes(1);

    await relay.closeQueue();
    await spool.close();
  });
});
