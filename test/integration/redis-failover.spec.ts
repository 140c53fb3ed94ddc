import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { MailRelayError } from 'nestjs-mail-relay';
import { withBull, type BullOptions } from 'nestjs-mail-relay/bull';
import { newNamespace } from '../support/redis-namespace.js';
import { RedisSentinel } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

/** A second, as the promise says, and what a busy machine may add to it. */
const AT_ONCE_MS = 1_500;
const WAIT_MS = 50_000;

let parts: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const part of parts.toReversed()) await part.stop();
  parts = [];
});

async function relayOn(redis: NonNullable<BullOptions['redis']>) {
  const sink = await SmtpSink.start();
  const app = await RelayApp.start({
    transport: sink.url,
    features: [withBull({ namespace: newNamespace(), redis })],
  });
  parts.push({ stop: () => sink.close() }, { stop: () => app.close() });
  return { sink, mail: app.mail };
}

const draft = (subject: string) => ({ to: 'ada@example.test', subject, text: 'Hello.' });

async function refused(work: Promise<unknown>): Promise<{ error: MailRelayError; ms: number }> {
  const start = performance.now();
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!MailRelayError.is(error)) throw new Error('it was not refused', { cause: error });
  return { error, ms: performance.now() - start };
}

/** Queues it again and again with one key, as an application would. */
async function queueUntilTaken(mail: RelayApp['mail'], subject: string): Promise<void> {
  for (const until = performance.now() + 30_000; ; await pause(50)) {
    try {
      await mail.queue({ ...draft(subject), idempotencyKey: subject });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

function subjects(sink: SmtpSink): readonly string[] {
  return sink.messages.map((message) => message.header('Subject') ?? '').toSorted();
}

describe('a relay whose Redis was restarted', () => {
  it('refuses within a second while it loads, and goes on by itself when that is over', async () => {
    // A setting for tests of Redis itself makes it read each key slowly, as if it were a large one.
    const slow = ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'];
    const redis = await startRedis({ own: true, args: slow });
    parts = [redis];
    const admin = redis.client();
    const { mail, sink } = await relayOn(redis.url);
    await mail.queue({ ...draft('later'), sendAt: new Date(Date.now() + 3_000) });
    for (let i = 0; i < 400; i++) await admin.set(`other:${i}`, randomBytes(100));
    await admin.call('BGREWRITEAOF');
    await expect
      .poll(() => admin.info('persistence'), { timeout: 20_000 })
      .toMatch(/aof_base_size:[1-9]\d{4}/);
    const restarted = redis.restart();
    await expect.poll(() => isLoading(redis.port), { timeout: 20_000, interval: 20 }).toBe(true);
    for (const subject of ['one', 'two']) {
      const { error, ms } = await refused(mail.queue(draft(subject)));
      expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
      expect(ms).toBeLessThan(AT_ONCE_MS);
    }
    expect(await isLoading(redis.port)).toBe(true);
    expect(sink.messageCount).toBe(0);
    await restarted;
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(2, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'later']);
  }, 90_000);
});

describe('a relay behind Sentinel', () => {
  it('refuses while there is no master, and goes on with the one that is promoted', async () => {
    const master = await startRedis({ own: true });
    const replica = await startRedis({
      own: true,
      args: ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'],
    });
    const sentinel = await RedisSentinel.start('mail', master.port);
    parts = [master, replica, sentinel];
    const { mail, sink } = await relayOn({
      name: 'mail',
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      sentinelRetryStrategy: () => 100,
    });
    await mail.queue(draft('before'));
    await sink.waitForMessages(1);
    await mail.queue({ ...draft('later'), sendAt: new Date(Date.now() + 3_000) });
    await expect.poll(() => inStep(master.client(), replica.client()), { timeout: 20_000 }).toBe(true);
    await master.kill9();
    const { error, ms } = await refused(mail.queue(draft('during')));
    expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    expect(ms).toBeLessThan(AT_ONCE_MS);
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(3, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'before', 'later']);
  }, 120_000);
});

async function inStep(...servers: readonly { dbsize: () => Promise<number> }[]): Promise<boolean> {
  const sizes = await Promise.all(servers.map((server) => server.dbsize()));
  return new Set(sizes).size === 1;
}

/** True while it answers and does nothing else. */
async function isLoading(port: number): Promise<boolean> {
  const client = new Redis(port, '127.0.0.1', {
    enableReadyCheck: false,
    retryStrategy: () => null,
    lazyConnect: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.info('persistence')).includes('loading:1');
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
