import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Redis } from 'ioredis';
import { SystemClock } from '../../src/clock/system-clock.js';
import type { Spool } from '../../src/spool/spool.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { newNamespace } from './redis-namespace.js';
import { startRedis, type TestRedis } from './redis-server.js';

const SILENT = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };

/** A spool in Redis of its own for each test of a file, and a connection that looks at what lies there. */
export class SpoolInRedis {
  readonly clock = new SystemClock();
  client!: Redis;
  relay!: RelayRedis;
  spool!: Spool;
  /** What every key begins with. */
  base = '';
  #redis!: TestRedis;

  constructor() {
    beforeAll(async () => {
      this.#redis = await startRedis();
      this.client = this.#redis.client();
    });
    afterAll(() => this.#redis.stop());
    beforeEach(async () => {
      const namespace = newNamespace();
      this.base = `{${namespace}:default}:`;
      this.relay = new RelayRedis({ namespace, relay: 'default', redis: this.#redis.url, log: SILENT });
      const { relay } = this;
      const spool = await relay.openSpool(this.clock);
      this.spool = spool;
      return async () => {
        await relay.closeQueue();
        await spool.close();
      };
    });
  }
}
