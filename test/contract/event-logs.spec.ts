import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeldReader } from '../../src/events/log/event-log.js';
import type { RelayEvent } from '../../src/events/relay-event.js';
import { EventNews } from '../../src/storage/redis/events/event-news.js';
import { RedisEventLog } from '../../src/storage/redis/events/redis-event-log.js';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { RedisSpool } from '../../src/storage/redis/redis-spool.js';
import { REDIS_SPOOL_DEFAULTS } from '../../src/storage/redis/redis-spool-settings.js';
import { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { describeEventLogContract, type OpenEventLog } from '../../src/testing/event-log-contract.js';
import { MemoryEventLog } from '../../src/testing/memory-event-log.js';
import type { TestClock } from '../../src/testing/test-clock.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

describeEventLogContract({
  describe,
  it,
  name: 'memory',
  open: async (clock) => alone(new MemoryEventLog(clock)),
});

describe('in Redis', () => {
  let redis: TestRedis;
  let base: string;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const reopen = async (clock: TestClock): Promise<OpenEventLog> => {
    const connections = new RedisConnections({ redis: redis.url });
    const link = new RedisLink(connections.connect('spool'), base);
    const settings = { base, clock, leaseClock: () => clock.now() };
    const spool = new RedisSpool(link, {
      ...REDIS_SPOOL_DEFAULTS,
      ...settings,
      durability: 'fsync',
      log: { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} },
    });
    await spool.open();
    const news = new EventNews(connections.connect('subscriber'), `${base}x`);
    return { log: new RedisEventLog(link, settings, news), spool, close: () => connections.close() };
  };

  describeEventLogContract({
    describe,
    it,
    name: 'Redis',
    open: async (clock) => {
      base = `{${randomUUID()}}:`;
      return reopen(clock);
    },
    reopen,
  });
});

describe('in SQLite', () => {
  let folder: string;
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mail-relay-events-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const reopen = async (clock: TestClock): Promise<OpenEventLog> => {
    const spool = await SqlSpool.open({ file: join(folder, `${files}.db`), relay: 'default', clock });
    return { log: spool.events, spool, close: () => spool.close() };
  };

  describeEventLogContract({
    describe,
    it,
    name: 'SQLite',
    open: async (clock) => {
      files++;
      return reopen(clock);
    },
    reopen,
  });
});

/** What a log may get wrong, each in one thing. */
const BROKEN: Readonly<Record<string, (clock: TestClock) => MemoryEventLog>> = {
  'stores an event as often as it is told': (clock) =>
    new (class extends MemoryEventLog {
      override async append(events: readonly RelayEvent[]): Promise<void> {
        for (const event of events) await super.append([{ ...event, id: `${event.id}${Math.random()}` }]);
      }
    })(clock),
  'reads from the beginning again': (clock) =>
    new (class extends MemoryEventLog {
      override read({ limit }: { readonly limit: number }) {
        return super.read({ after: '', limit });
      }
    })(clock),
  'says that it ends where it began': (clock) =>
    new (class extends MemoryEventLog {
      override async end(): Promise<string> {
        return '';
      }
    })(clock),
  'gives a reader to everybody': (clock) => {
    const logs = new Map<string, MemoryEventLog>();
    return new (class extends MemoryEventLog {
      override hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined> {
        const own = logs.get(owner) ?? new MemoryEventLog(clock);
        logs.set(owner, own);
        return own.hold(reader, owner, leaseMs);
      }
    })(clock);
  },
  'never lets a reader go': (clock) =>
    new (class extends MemoryEventLog {
      override async hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined> {
        const held = await super.hold(reader, owner, leaseMs);
        return held && { ...held, release: async () => undefined };
      }
    })(clock),
  'forgets progress': (clock) =>
    new (class extends MemoryEventLog {
      override async hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined> {
        const held = await super.hold(reader, owner, leaseMs);
        return held && { ...held, save: (_progress, ms) => held.save(held.progress, ms) };
      }
    })(clock),
  'tells nobody': (clock) =>
    new (class extends MemoryEventLog {
      override watch(): () => void {
        return () => undefined;
      }
    })(clock),
};

describe('the event log contract', () => {
  it.each(Object.keys(BROKEN))('notices a log that %s', async (fault) => {
    const clauses: (() => Promise<void>)[] = [];
    describeEventLogContract({
      describe: (_title, body) => body(),
      it: (_title, body) => void clauses.push(body),
      name: fault,
      open: async (clock) => alone(BROKEN[fault]?.(clock) ?? new MemoryEventLog(clock)),
    });
    const results = await Promise.all(
      clauses.map((run) =>
        Promise.race([run(), forever()]).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(results).toContain(false);
    expect(results).toContain(true);
  });
});

function alone(log: MemoryEventLog): OpenEventLog {
  return { log, close: async () => undefined };
}

/** A clause that waits for what never comes fails. */
async function forever(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  throw new Error('nothing came');
}
