import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoredCircuit } from '../../src/circuits/breaker-store.js';
import { SystemClock } from '../../src/clock/system-clock.js';
import type { CircuitState } from '../../src/core/circuit/circuit-state.js';
import {
  RedisBreakerStore,
  type RedisBreakerStoreOptions,
} from '../../src/storage/redis/redis-breaker-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const HOUR = 3_600_000;
const CLOSED: CircuitState = { kind: 'closed' };
const OPEN: CircuitState = {
  kind: 'open',
  reason: 'unreachable',
  since: 1,
  until: 2,
  openings: 1,
  summary: 'The server could not be reached.',
};

let redis: TestRedis;
let client: Redis;
let prefixes = 0;
const opened: RedisBreakerStore[] = [];

beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});
afterAll(() => redis.stop());

const prefix = (): string => `{circuits-${process.pid}-${prefixes++}}:`;

function open(at: string, more: Partial<RedisBreakerStoreOptions> = {}): RedisBreakerStore {
  const store = new RedisBreakerStore({ client, clock: new SystemClock(), prefix: at, pollMs: 20, ...more });
  opened.push(store);
  return store;
}

async function watched(store: RedisBreakerStore): Promise<StoredCircuit[]> {
  const told: StoredCircuit[] = [];
  await store.watch((circuit) => void told.push(circuit));
  return told;
}

describe('circuits kept in Redis', () => {
  it('are replaced by whoever knows the version that stands', async () => {
    const store = open(prefix());
    const first = await store.replace('main', undefined, OPEN, HOUR);
    expect(first).toMatchObject({ done: true, circuit: { name: 'main', state: OPEN } });
    const second = await store.replace('main', first.circuit?.version, CLOSED, HOUR);
    expect(second.done).toBe(true);
    expect(second.circuit?.version).not.toBe(first.circuit?.version);
  });

  it('are not replaced by whoever is behind, who is told what stands', async () => {
    const store = open(prefix());
    const first = await store.replace('main', undefined, OPEN, HOUR);
    expect(await store.replace('main', undefined, CLOSED, HOUR)).toEqual({
      done: false,
      circuit: first.circuit,
    });
    expect(await store.replace('main', 'other', CLOSED, HOUR)).toEqual({
      done: false,
      circuit: first.circuit,
    });
  });

  it('tell a version that nothing stands for', async () => {
    const store = open(prefix());
    expect(await store.replace('main', 'gone', CLOSED, HOUR)).toEqual({ done: false, circuit: undefined });
  });

  it('give one probe to one of many', async () => {
    const at = prefix();
    const { circuit } = await open(at).replace('main', undefined, OPEN, HOUR);
    const stores = Array.from({ length: 10 }, () => open(at));
    const answers = await Promise.all(
      stores.map((store) => store.replace('main', circuit?.version, { ...OPEN, kind: 'half-open' }, HOUR)),
    );
    expect(answers.filter(({ done }) => done)).toHaveLength(1);
  });

  it('are told to who begins to watch', async () => {
    const at = prefix();
    await open(at).replace('main', undefined, OPEN, HOUR);
    expect(await watched(open(at))).toMatchObject([{ name: 'main', state: OPEN }]);
  });

  it('are told when another process writes, each change once', async () => {
    const at = prefix();
    const [one, other] = [open(at), open(at)];
    const told = await watched(other);
    const { circuit } = await one.replace('main', undefined, OPEN, HOUR);
    await expect.poll(() => told.length).toBe(1);
    await one.replace('main', circuit?.version, CLOSED, HOUR);
    await expect.poll(() => told.map(({ state }) => state.kind)).toEqual(['open', 'closed']);
  });

  it('are heard of at once by who subscribes', async () => {
    const at = prefix();
    const told = await watched(open(at, { subscriber: redis.client(), pollMs: HOUR }));
    const writer = open(at);
    let writes = 0;
    const heard = async (): Promise<number> => {
      await writer.replace(`circuit ${writes++}`, undefined, OPEN, HOUR);
      return told.length;
    };
    await expect.poll(heard, { timeout: 10_000 }).toBeGreaterThan(0);
  });

  it('are forgotten after their time', async () => {
    const at = prefix();
    const store = open(at);
    await store.replace('short', undefined, OPEN, 1);
    await store.replace('long', undefined, OPEN, HOUR);
    await expect
      .poll(async () => (await store.replace('short', undefined, OPEN, 1)).done, { timeout: 5000 })
      .toBe(true);
  });

  it('tell a Redis that is away by an error', async () => {
    const own = await startRedis({ own: true });
    try {
      const store = open(prefix(), { client: own.client(), timeoutMs: 200 });
      await own.kill9();
      await expect(store.replace('main', undefined, OPEN, HOUR)).rejects.toThrow();
    } finally {
      await own.stop();
    }
  });
});
