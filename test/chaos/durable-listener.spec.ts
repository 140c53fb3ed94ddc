import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CHILD = new URL('durable-child.mjs', import.meta.url).pathname;
const SOON = { timeout: 40_000, interval: 20 };
const ALWAYS = 1000;

interface Said {
  readonly ready?: true;
  readonly told?: string;
  readonly queued?: string;
}

let folder: string;
let running: ChildProcess | undefined;
/** The mails that the listener was told of, in whichever process. */
let told: string[] = [];
let queued: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'durable-listener-'));
});
afterEach(async () => {
  await kill();
  await rm(folder, { recursive: true });
  told = [];
  queued = [];
});

/** @param failures how often the listener of this process fails */
async function start(failures: number): Promise<void> {
  let isReady = false;
  running = fork(CHILD, [join(folder, 'mail.db'), String(failures)], { stdio: 'inherit' });
  running.on('message', (said: Said) => {
    isReady ||= said.ready ?? false;
    if (said.told !== undefined) told.push(said.told);
    if (said.queued !== undefined) queued.push(said.queued);
  });
  await expect.poll(() => isReady, SOON).toBe(true);
}

async function kill(): Promise<void> {
  if (!running || running.exitCode !== null || running.signalCode !== null) return;
  const ended = once(running, 'exit');
  running.kill('SIGKILL');
  await ended;
}

/** Ends it in an orderly way. */
async function end(): Promise<void> {
  if (!running) return;
  const ended = once(running, 'exit');
  running.send('end');
  await ended;
}

/** Queues a mail and waits until the listener was told of it so often. */
async function tell(times: number): Promise<string> {
  const before = queued.length;
  running?.send('queue');
  await expect.poll(() => queued.length, SOON).toBe(before + 1);
  const mailId = queued.at(-1) ?? '';
  await expect.poll(() => timesTold(mailId), SOON).toBe(times);
  return mailId;
}

function timesTold(mailId: string): number {
  return told.filter((one) => one === mailId).length;
}

describe('a durable listener on SQLite', () => {
  it('that fails twice is told three times and then never again, also after a restart', async () => {
    await start(2);
    const mailId = await tell(3);
    await end();
    await start(0);
    await tell(1);
    expect(timesTold(mailId)).toBe(3);
  }, 120_000);

  it('that is killed before it succeeded is told after the restart', async () => {
    await start(ALWAYS);
    const mailId = await tell(2);
    await kill();
    await start(0);
    await expect.poll(() => timesTold(mailId), SOON).toBe(3);
    await tell(1);
    expect(timesTold(mailId)).toBe(3);
  }, 120_000);
});
