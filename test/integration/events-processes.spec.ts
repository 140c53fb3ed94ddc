import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EventsProcess, type EventsProcessOptions, type Heard } from '../support/events-process.js';
import { newNamespace } from '../support/redis-namespace.js';
import { RedisProxy } from '../support/redis-proxy.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const APIS = 3;
const MAILS = 30;
const AWAY_MS = 10_000;
const SOON = { timeout: 45_000, interval: 50 };

let redis: TestRedis;
let sink: SmtpSink;
let proxy: RedisProxy | undefined;
let processes: EventsProcess[] = [];
let shared: Omit<EventsProcessOptions, 'worker' | 'listens'>;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  processes = [];
  await proxy?.stop();
  proxy = undefined;
  await sink.close();
});

async function start(options: Partial<EventsProcessOptions>): Promise<EventsProcess> {
  const started = await EventsProcess.start({ ...shared, worker: false, listens: true, ...options });
  processes.push(started);
  return started;
}

async function startAll(
  api: Partial<EventsProcessOptions> = {},
): Promise<{ readonly worker: EventsProcess; readonly apis: readonly EventsProcess[] }> {
  sink = await SmtpSink.start();
  shared = { url: sink.url, redis: redis.url, namespace: newNamespace() };
  const apis = await Promise.all(Array.from({ length: APIS }, () => start(api)));
  return { worker: await start({ worker: true, listens: false }), apis };
}

function drafts(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    to: `user${i}@example.test`,
    subject: `Mail ${i}`,
    text: 'Hello.',
  }));
}

function heardBy(by: Heard['by'], apis: readonly EventsProcess[]): readonly Heard[] {
  return apis.flatMap((api) => api.heardBy(by));
}

function different(heard: readonly Heard[]): number {
  return new Set(heard.map(({ id }) => id)).size;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe('events of a worker in three other processes', () => {
  it('reach a listener within a second, once in all, and each process where it asks for that', async () => {
    const { apis } = await startAll();
    await apis[0]?.queue(drafts(MAILS));
    await expect.poll(() => different(heardBy('durable', apis)), SOON).toBe(MAILS);
    for (const api of apis) await expect.poll(() => different(api.heardBy('everywhere')), SOON).toBe(MAILS);
    // Whatever else would come has come by the time of the next one.
    await apis[1]?.queue(drafts(1));
    await expect.poll(() => different(heardBy('durable', apis)), SOON).toBe(MAILS + 1);

    const once = heardBy('durable', apis);
    expect(once).toHaveLength(MAILS + 1);
    for (const api of apis) {
      expect(api.heardBy('everywhere').length).toBe(different(api.heardBy('everywhere')));
    }
    expect(median(once.map(({ at, happenedAt }) => at - happenedAt))).toBeLessThan(1000);
  }, 120_000);

  it(`miss nothing durable when their link was cut for ${AWAY_MS / 1000} seconds`, async () => {
    proxy = await RedisProxy.start(redis.url);
    const { worker, apis } = await startAll({ redis: proxy.url });
    await worker.queue(drafts(5));
    await expect.poll(() => different(heardBy('durable', apis)), SOON).toBe(5);
    proxy.cut();
    const over = pause(AWAY_MS);
    await worker.queue(drafts(MAILS));
    await sink.waitForMessages(5 + MAILS);
    await over;
    expect(different(heardBy('durable', apis))).toBe(5);
    proxy.mend();
    await expect.poll(() => different(heardBy('durable', apis)), SOON).toBe(5 + MAILS);
    for (const api of apis)
      await expect.poll(() => different(api.heardBy('everywhere')), SOON).toBe(5 + MAILS);
  }, 120_000);

  it('are heard by another process when the one that was about to is killed', async () => {
    sink = await SmtpSink.start();
    shared = { url: sink.url, redis: redis.url, namespace: newNamespace() };
    const holder = await start({ hangs: true });
    const worker = await start({ worker: true, listens: false });
    await worker.queue(drafts(5));
    await expect.poll(() => different(holder.heardBy('durable')), SOON).toBe(5);
    const others = await Promise.all([start({}), start({})]);
    expect(heardBy('durable', others)).toEqual([]);
    await holder.kill();
    await expect.poll(() => different(heardBy('durable', others)), SOON).toBe(5);
    await worker.queue(drafts(1));
    await expect.poll(() => different(heardBy('durable', others)), SOON).toBe(6);
    expect(heardBy('durable', others)).toHaveLength(6);
  }, 120_000);
});
