import { afterAll, beforeAll, describe, it } from 'vitest';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { RedisSuppressionStore } from '../../src/storage/redis/redis-suppression-store.js';
import { describeSuppressionContract } from '../../src/testing/suppression-contract.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let connections: RedisConnections;
let link: RedisLink;

beforeAll(async () => {
  redis = await startRedis();
  connections = new RedisConnections({ redis: redis.url });
  link = new RedisLink(connections.connect('spool'), '{suppressions}:');
});

afterAll(async () => {
  link.close();
  await connections.close();
  await redis.stop();
});

describeSuppressionContract({
  describe,
  it,
  name: 'Redis',
  open: async () => new RedisSuppressionStore(link, `{${newNamespace()}}:`),
});
