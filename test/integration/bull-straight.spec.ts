import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withBull } from 'nestjs-mail-relay/bull';
import { MailOperations, MailQueue, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { BullProcess } from '../support/bull-process.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

let redis: TestRedis;
let sink: SmtpSink;
const apps: RelayApp[] = [];
const processes: BullProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(async () => {
  for (const one of processes.splice(0)) one.kill();
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await sink.close();
});

async function relay(namespace: string, options: MailRelayModuleOptions = {}): Promise<RelayApp> {
  const app = await RelayApp.start({
    transport: sink.url,
    features: [withBull({ namespace, redis: redis.url })],
    ...options,
  });
  apps.push(app);
  return app;
}

const draft = (n: number) => ({ to: `user${n}@example.test`, subject: `Mail ${n}`, text: 'Hello.' });

async function until(condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms for a condition`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves once the worker knows that nobody paused its lane. */
async function open({ app }: RelayApp): Promise<void> {
  const queue = app.get(MailQueue, { strict: false });
  await until(() => queue.maySkip('transactional'));
}

describe('a mail that is queued where a worker has a free place', () => {
  it('goes straight to it, without a ring', async () => {
    sink = await SmtpSink.start();
    const app = await relay(newNamespace());
    const queue = app.app.get<Queue>(getQueueToken('mail.transactional'), { strict: false });
    let rung = 0;
    queue.on('active', () => rung++);
    await open(app);
    await Promise.all(Array.from({ length: 50 }, (_, i) => app.mail.queue(draft(i))));
    await sink.waitForMessages(50);
    expect(rung).toBe(0);
    expect(new Set(sink.messages.map((message) => message.header('Subject'))).size).toBe(50);
  });

  it('waits like any other where its lane or stream is paused', async () => {
    sink = await SmtpSink.start();
    const relayed = await relay(newNamespace());
    const { app, mail } = relayed;
    await open(relayed);
    const operations = app.get(MailOperations);
    await operations.pause({ lane: 'transactional' });
    const { mailId } = await mail.queue(draft(1));
    expect(await operations.counts()).toMatchObject({ pending: 1, claimed: 0 });
    expect((await mail.cancel({ mailId })).kind).toBe('done');
    await operations.resume({ lane: 'transactional' });
    await mail.queue(draft(2));
    await sink.waitForMessages(1);
    expect(sink.messages[0]?.header('Subject')).toBe('Mail 2');
  });

  it('waits where its lane is paused in a dashboard of Bull', async () => {
    sink = await SmtpSink.start();
    const relayed = await relay(newNamespace());
    const { app, mail } = relayed;
    await open(relayed);
    const queue = app.get<Queue>(getQueueToken('mail.transactional'), { strict: false });
    await queue.pause();
    const bell = app.get(MailQueue, { strict: false });
    await until(() => !bell.maySkip('transactional'));
    await mail.queue(draft(1));
    await until(async () => (await queue.getJobCountByTypes(['paused'])) === 1);
    expect(sink.messageCount).toBe(0);
    await queue.resume();
    await sink.waitForMessages(1);
  });

  it('is given to another worker when this one is too slow', async () => {
    sink = await SmtpSink.start();
    const namespace = newNamespace();
    const slow = await SmtpSink.start({ faults: { mail: { delayMs: 60_000 } } });
    try {
      const first = await relay(namespace, {
        transport: slow.url,
        worker: { concurrency: 1 },
        shutdown: { drainMs: 0 },
      });
      await open(first);
      const receipts = [];
      for (let i = 0; i < 4; i++) receipts.push(await first.mail.queue(draft(i)));
      await relay(namespace);
      // One is under way, and Bull has given one more to the slow worker.
      await sink.waitForMessages(2);
      const known = new Set(receipts.map(({ messageId }) => messageId));
      expect(sink.messages.every((message) => known.has(message.header('Message-ID') ?? ''))).toBe(true);
    } finally {
      await slow.close();
    }
  });

  it('goes on with another worker about half a minute after its own was killed', async () => {
    sink = await SmtpSink.start();
    const slow = await SmtpSink.start({ faults: { mail: { delayMs: 60_000 } } });
    const namespace = newNamespace();
    try {
      const shared = { redis: redis.url, namespace, worker: true };
      const killed = await BullProcess.start({ ...shared, url: slow.url });
      processes.push(killed);
      await killed.queue([draft(1)]);
      await until(() => slow.openConnections > 0);
      killed.kill();
      const start = performance.now();
      processes.push(await BullProcess.start({ ...shared, url: sink.url }));
      await sink.waitForMessages(1, 50_000);
      expect(performance.now() - start).toBeGreaterThan(5_000);
      expect(slow.messageCount).toBe(0);
    } finally {
      await slow.close();
    }
  }, 90_000);
});
