import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MemoryJournalStore } from '../../src/journal/memory/memory-journal-store.js';
import { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { RedisJournal } from '../../src/storage/redis/journal/redis-journal.js';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { describeJournalContract } from '../../src/testing/journal-contract.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

describeJournalContract({
  describe,
  it,
  name: 'memory',
  open: async (clock, retention) => new MemoryJournalStore(clock, retention),
});

describe('in a SQLite file', () => {
  let dir = '';
  let files = 0;
  let spool: SqlSpool;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mail-relay-journals-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  describeJournalContract({
    describe,
    it,
    name: 'SQLite',
    open: async (clock, journal) => {
      spool = await SqlSpool.open({ file: join(dir, `${++files}.db`), relay: 'default', clock, journal });
      return spool.journal;
    },
    close: () => spool.close(),
  });
});

describe('with a Redis server', () => {
  let redis: TestRedis;
  let connections: RedisConnections;
  beforeAll(async () => {
    redis = await startRedis();
    connections = new RedisConnections({ redis: redis.url });
  });
  afterAll(async () => {
    await connections.close();
    await redis.stop();
  });

  describeJournalContract({
    describe,
    it,
    name: 'Redis',
    open: async (clock, retention) => {
      const base = `{${newNamespace()}:default}:`;
      const link = new RedisLink(connections.connect('spool'), base);
      return new RedisJournal(link, { base, clock, leaseClock: () => clock.now() }, retention);
    },
  });
});
