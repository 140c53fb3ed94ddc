import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const CHILD = new URL('drain-child.mjs', import.meta.url).pathname;
const MAILS = 300;
const DRAIN_MS = 10_000;

let dir: string;
let redis: TestRedis;
let sink: SmtpSink | undefined;
const children: ChildProcess[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mail-relay-drain-'));
  redis = await startRedis();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await sink?.close();
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

function start(storage: object): ChildProcess {
  const options = { smtp: sink?.url, storage, mails: MAILS, drainMs: DRAIN_MS };
  const child = fork(CHILD, [JSON.stringify(options)], { stdio: 'inherit' });
  children.push(child);
  return child;
}

/** @returns how it ended, and after how many milliseconds */
async function terminate(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly ms: number }> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const from = performance.now();
  child.kill('SIGTERM');
  const [code] = await ended;
  return { code, ms: performance.now() - from };
}

describe.each([
  ['a SQLite file', () => ({ kind: 'sqlite', file: join(dir, 'mail.db') })],
  ['Redis', () => ({ kind: 'redis', url: redis.url })],
])('a process on %s that gets SIGTERM under load', { timeout: 180_000 }, (_, storage) => {
  it('ends with 0 before its deadline, and nothing is lost or sent twice', async () => {
    sink = await SmtpSink.start({ faults: { eod: { delayMs: 30 } } });
    const first = start(storage());
    await sink.waitForMessages(20, 60_000);
    const { code, ms } = await terminate(first);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(DRAIN_MS);
    expect(sink.messages.length).toBeLessThan(MAILS);

    // The next one goes on: with the same keys, what was accepted before is not accepted again.
    const second = start(storage());
    await sink.waitForMessages(MAILS, 60_000);
    expect((await terminate(second)).code).toBe(0);
    const recipients = sink.messages.map((message) => message.header('To') ?? '');
    expect(recipients.toSorted()).toEqual(
      Array.from({ length: MAILS }, (_, i) => `user${i}@example.test`).toSorted(),
    );
  });
});
