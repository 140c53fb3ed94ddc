import { afterAll, beforeAll, describe, it } from 'vitest';
import Bull from 'bull';
import { BullQueue } from '../../src/queue/bull/bull-queue.js';
import { laneQueueOptions } from '../../src/queue/bull/lane-queue.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { describeQueueContract } from '../../src/testing/queue-contract.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const log = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describeQueueContract({
  describe,
  it,
  name: 'Bull',
  open: async (lanes) => {
    const redis = new RelayRedis({ namespace: newNamespace(), relay: 'default', redis: server.url, log });
    const options = laneQueueOptions(redis.prefix, (type) => redis.forBull(type));
    return new BullQueue({
      queues: new Map(lanes.map((lane) => [lane, new Bull(`mail.${lane}`, options)])),
      whenWell: () => undefined,
      disconnect: () => redis.closeQueue(),
      log,
    });
  },
});
