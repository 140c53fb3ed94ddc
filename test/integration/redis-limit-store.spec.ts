import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  oneof,
  record,
  subarray,
} from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitsOf, type Limit } from '../../src/limits/limit.js';
import type { SlotAnswer, SlotRequest } from '../../src/limits/limit-store.js';
import { MemoryLimitStore } from '../../src/limits/memory/memory-limit-store.js';
import { RedisLimitStore } from '../../src/storage/redis/redis-limit-store.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let client: Redis;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
});
afterAll(() => redis.stop());

const prefix = (): string => `{limits-${process.pid}-${prefixes++}}:`;
const ask = (limits: readonly Limit[], more: Partial<SlotRequest> = {}): SlotRequest => ({
  limits,
  count: 1,
  line: 'transactional',
  returning: false,
  ...more,
});

async function takeFrom(
  store: RedisLimitStore | undefined,
  limits: readonly Limit[],
): Promise<SlotAnswer | undefined> {
  return store?.take(ask(limits));
}

/** Redis with the time of a test clock, where its scripts ask for the time. */
function timedBy(clock: TestClock): Redis {
  const run = (source: string, ...rest: [number, ...(string | number)[]]) => {
    const now = clock.now();
    const time = `{ '${Math.floor(now / 1000)}', '${(now % 1000) * 1000}' }`;
    return client.eval(source.replace("redis.call('TIME')", time), ...rest);
  };
  const fake = { eval: run, evalsha: () => Promise.reject(new Error('NOSCRIPT')) };
  return fake as unknown as Redis;
}

describe('limits counted in Redis', () => {
  it('answer whatever is asked like those counted in memory', async () => {
    const limits = [
      ...limitsOf('transport', 'a', { perSecond: 4, perMinute: 30 }),
      ...limitsOf('domain', 'b', { perSecond: 3 }),
      ...limitsOf('tenant', 'c', { perHour: 40 }),
    ];
    const step = record({
      wait: oneof(integer({ min: 0, max: 500 }), integer({ min: 0, max: 50_000 })),
      which: subarray(limits, { minLength: 1 }),
      count: integer({ min: 1, max: 3 }),
      returning: boolean(),
      line: constantFrom('transactional', 'marketing'),
      giveBack: boolean(),
    });
    await assert(
      asyncProperty(array(step, { maxLength: 40 }), async (steps) => {
        const clock = new TestClock();
        const memory = new MemoryLimitStore(clock);
        const shared = new RedisLimitStore({ client: timedBy(clock), prefix: prefix() });
        for (const { wait, which, giveBack, ...more } of steps) {
          await clock.advance(wait);
          const one = await shared.take(ask(which, more));
          const other = memory.take(ask(which, more));
          expect(comparable(one)).toEqual(comparable(other));
          if (!giveBack || one.kind !== 'slot' || other.kind !== 'slot') continue;
          await shared.giveBack(which, more.count, one.windows);
          memory.giveBack(which, more.count, other.windows);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are shared by every process with the same prefix, exactly', async () => {
    const shared = prefix();
    const stores = Array.from(
      { length: 4 },
      () => new RedisLimitStore({ client: redis.client(), prefix: shared }),
    );
    const limits = limitsOf('transport', 'a', { perMinute: 25 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => takeFrom(stores[i % stores.length], limits)),
    );
    expect(answers.filter((one) => one?.kind === 'slot')).toHaveLength(25);
  });

  it('outlive a Redis that forgot its scripts', async () => {
    const store = new RedisLimitStore({ client, prefix: prefix() });
    const limits = limitsOf('transport', 'a', { perMinute: 1 });
    await store.take(ask(limits));
    await client.script('FLUSH');
    expect((await store.take(ask(limits))).kind).toBe('full');
  });

  it('leave nothing behind when their time is over', async () => {
    const mine = prefix();
    const store = new RedisLimitStore({ client, prefix: mine });
    const limits = limitsOf('transport', 'a', { perSecond: 1, perHour: 100 });
    for (let i = 0; i < 3; i++) await store.take(ask(limits));
    const keys = await client.keys(`${mine.replace(/[{}]/g, '?')}*`);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0);
  });

  it('reject in time when Redis is away', async () => {
    const own = await startRedis({ own: true });
    try {
      const store = new RedisLimitStore({ client: own.client(), prefix: prefix(), timeoutMs: 200 });
      const limits = limitsOf('transport', 'a', { perMinute: 1 });
      await store.take(ask(limits));
      await own.kill9();
      await expect(store.take(ask(limits))).rejects.toThrow();
      await own.restart();
      await expect
        .poll(() => store.take(ask(limits)).catch(() => undefined), { timeout: 20_000 })
        .toBeDefined();
    } finally {
      await own.stop();
    }
  });
});

/** Redis answers in whole milliseconds. */
function comparable(answer: SlotAnswer): unknown {
  if (answer.kind === 'slot') return { ...answer, windows: answer.windows.map((one) => Math.round(one)) };
  return { ...answer, comeBackInMs: Math.ceil(answer.comeBackInMs - 0.001) };
}
