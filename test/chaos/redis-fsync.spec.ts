import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withBull } from 'nestjs-mail-relay/bull';
import { findOrInstall } from '../support/apt.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { readTrace, type TracedCall } from './strace.js';

const MAILS = 30;

let strace = '';
let redis: TestRedis | undefined;
beforeAll(async () => {
  strace = await findOrInstall('strace', 'strace');
});
afterEach(() => redis?.stop());

/** Queues mails one after the other; their ids, and what Redis asked of the system meanwhile. */
async function trace(appendfsync: 'always' | 'everysec') {
  redis = await startRedis({ appendfsync, own: true });
  const features = [withBull({ namespace: newNamespace(), redis: redis.url })];
  const app = await RelayApp.start({ transport: 'smtp://127.0.0.1:1', worker: false, features });
  const output = join(redis.dir, 'strace');
  const calls = 'trace=fsync,fdatasync,write,writev';
  const args = ['-f', '-y', '-ttt', '-s', '65536', '-e', calls, '-o', output, '-p', String(redis.pid)];
  const tracer = spawn(strace, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(tracer.stderr, 'data');
  const ids: string[] = [];
  for (let i = 0; i < MAILS; i++) {
    const draft = { to: 'ada@example.test', subject: `Mail ${i}`, text: 'Hello.' };
    ids.push((await app.mail.queue(draft)).mailId);
  }
  await app.close();
  const ended = once(tracer, 'exit');
  tracer.kill('SIGINT');
  await ended;
  return { ids, calls: readTrace(readFileSync(output, 'latin1')) };
}

/** The mails whose receipt left before a sync of the file, begun after the mail was written to it, had ended. */
function acceptedTooEarly(ids: readonly string[], calls: readonly TracedCall[]): readonly string[] {
  const isLog = ({ file }: TracedCall): boolean => file.endsWith('.aof');
  return ids.filter((id) => {
    const written = calls.find(
      (call) => call.name === 'write' && isLog(call) && call.text.includes(`m:${id}`),
    );
    const told =
      written &&
      calls.find(
        (call) =>
          call.name.startsWith('write') &&
          !isLog(call) &&
          call.began > written.began &&
          call.text.includes('stored'),
      );
    if (!told) throw new Error(`the trace lacks ${written ? 'the receipt' : 'the write'} of ${id}`);
    return !calls.some(
      (call) =>
        ['fsync', 'fdatasync'].includes(call.name) &&
        isLog(call) &&
        call.succeeded &&
        call.began > written.began &&
        call.ended < told.began,
    );
  });
}

describe('the receipt of a Redis spool', () => {
  it('comes after a sync of the disk that began after its mail was written', async () => {
    const { ids, calls } = await trace('always');
    expect(acceptedTooEarly(ids, calls)).toEqual([]);
  });

  it('would come too early with appendfsync everysec, and this test would notice', async () => {
    const { ids, calls } = await trace('everysec');
    expect(acceptedTooEarly(ids, calls).length).toBeGreaterThan(MAILS / 2);
  });
});
