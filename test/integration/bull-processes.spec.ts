import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BullProcess, type BullProcessOptions } from '../support/bull-process.js';
import { redisContents } from '../support/redis-contents.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const MAILS = 1000;
const WORKERS = 10;

let redis: TestRedis;
let sink: SmtpSink | undefined;
let processes: BullProcess[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const one of processes) one.kill();
  processes = [];
  await sink?.close();
});
afterAll(() => redis.stop());

async function start(count: number, options: BullProcessOptions): Promise<readonly BullProcess[]> {
  const started = await Promise.all(Array.from({ length: count }, () => BullProcess.start(options)));
  processes.push(...started);
  return started;
}

async function emptied(namespace: string): Promise<void> {
  const client = redis.client();
  const until = performance.now() + 20_000;
  for (;;) {
    const contents = await redisContents(client, `{${namespace}:default}`);
    if (contents.pending === 0 && contents.jobs === 0) return;
    if (performance.now() > until) expect(contents).toEqual({ pending: 0, jobs: 0 });
  }
}

describe('processes on one Redis', () => {
  it(`send ${MAILS} mails once each, with ${WORKERS} workers, and leave nothing behind`, async () => {
    sink = await SmtpSink.start();
    const namespace = newNamespace();
    const shared = { url: sink.url, redis: redis.url, namespace };
    const [producer] = await start(1, { ...shared, worker: false });
    await start(WORKERS, { ...shared, worker: { concurrency: 5 } });
    const drafts = Array.from({ length: MAILS }, (_, i) => ({
      to: `user${i}@example.test`,
      subject: `Mail ${i}`,
      text: 'Hello.',
    }));
    const receipts = (await producer?.queue(drafts)) ?? [];
    expect(receipts).toHaveLength(MAILS);
    await sink.waitForMessages(MAILS, 60_000);
    await emptied(namespace);
    const codes = await Promise.all(processes.map((one) => one.end()));
    expect(codes.filter((code) => code !== 0)).toEqual([]);
    const sent = sink.messages.map((message) => message.header('Message-ID'));
    expect(sent).toHaveLength(MAILS);
    expect(new Set(sent)).toEqual(new Set(receipts.map(({ messageId }) => messageId)));
  }, 180_000);

  it('make one mail of one key, with 50 callers in 5 processes at once', async () => {
    sink = await SmtpSink.start();
    const shared = { url: sink.url, redis: redis.url, namespace: newNamespace(), worker: true };
    const started = await start(5, shared);
    const draft = { to: 'ada@example.test', subject: 'Once', text: 'Hello.', idempotencyKey: 'once' };
    const calls = started.map((one) => one.queue(Array.from({ length: 10 }, () => draft)));
    const receipts = (await Promise.all(calls)).flat();
    expect(receipts).toHaveLength(50);
    expect(receipts.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(new Set(receipts.map(({ mailId }) => mailId)).size).toBe(1);
    await sink.waitForMessages(1);
    await emptied(shared.namespace);
    expect(sink.messages).toHaveLength(1);
  }, 120_000);
});
