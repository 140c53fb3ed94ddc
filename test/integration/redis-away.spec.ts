import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MailRelayError } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { newNamespace } from '../support/redis-namespace.js';
import { RedisProxy } from '../support/redis-proxy.js';
import { startRedis, type TestRedisOptions } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

/** A second, as the promise says, and what a busy machine may add to it. */
const AT_ONCE_MS = 1_500;
/** Longer than the schedule waits until it rings again. */
const WAIT_MS = 50_000;
const LOOPBACK = '127.0.0.1';

let parts: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const part of parts.toReversed()) await part.stop();
  parts = [];
});

async function setUp({ suppression, ...options }: TestRedisOptions & { suppression?: false } = {}) {
  const redis = await startRedis({ own: true, ...options });
  const proxy = await RedisProxy.start(redis.url);
  const sink = await SmtpSink.start();
  const app = await RelayApp.start({
    transport: sink.url,
    features: [withBull({ namespace: newNamespace(), redis: proxy.url })],
    // Where it is asked, a mail is not stored at all while Redis does not answer.
    suppression,
  });
  parts = [redis, proxy, { stop: () => sink.close() }, { stop: () => app.close() }];
  return { redis, proxy, sink, mail: app.mail };
}

const draft = (subject: string) => ({ to: 'ada@example.test', subject, text: 'Hello.' });

/** How long it takes until queueing is refused, and how. */
async function refused(work: Promise<unknown>): Promise<{ error: MailRelayError; ms: number }> {
  const start = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const ms = performance.now() - start;
  if (!MailRelayError.is(error)) throw new Error('it was not refused', { cause: error });
  return { error, ms };
}

async function queueUntilTaken(mail: RelayApp['mail'], subject: string): Promise<void> {
  const until = performance.now() + 30_000;
  for (;;) {
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

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited 20 s for a condition');
  }
}

describe('a relay whose Redis', () => {
  it('is down says so within a second, and goes on by itself', async () => {
    const { redis, mail, sink } = await setUp();
    await mail.queue(draft('before'));
    await sink.waitForMessages(1);
    await redis.kill9();
    // The first one may find out by losing its connection, and cannot know more.
    const first = await refused(mail.queue(draft('during')));
    expect(first.error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    expect(first.ms).toBeLessThan(AT_ONCE_MS);
    const { error, ms } = await refused(mail.queue(draft('during')));
    // Why is known from the first attempt to connect again on.
    expect(error.message).toMatch(/Redis does not answer( \(\w+\))?\. Nothing was done/);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    await redis.restart();
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(2, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'before']);
  });

  it('does not answer says that the result is unknown, of which mail, and the same key is safe', async () => {
    const { proxy, mail, sink } = await setUp({ suppression: false });
    proxy.deafen();
    const { error, ms } = await refused(mail.queue({ ...draft('once'), idempotencyKey: 'once' }));
    expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    expect(error.message).toMatch(/result of mail [0-9a-z]{26} is unknown/);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    proxy.mend();
    await queueUntilTaken(mail, 'once');
    await sink.waitForMessages(1, WAIT_MS);
    expect(subjects(sink)).toEqual(['once']);
  });

  it('falls silent is given up, and connected to anew', async () => {
    const { proxy, mail, sink } = await setUp();
    await mail.queue(draft('before'));
    await sink.waitForMessages(1);
    proxy.deafen();
    const known = proxy.firstOctets.length;
    const start = performance.now();
    await refused(mail.queue(draft('during')));
    // Nobody cuts the connection but the relay itself.
    await until(async () => {
      await pause(50);
      return proxy.firstOctets.length > known;
    });
    // Those that wait in Redis take longer to find out.
    expect(performance.now() - start).toBeLessThan(14_000);
  });

  it('does not answer takes nothing, and says so, where it is asked who is not mailed', async () => {
    const { proxy, mail, sink } = await setUp();
    proxy.deafen();
    const { error, ms } = await refused(mail.queue(draft('once')));
    expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    expect(error.message).toContain(
      'could not look up suppressions: Redis does not answer. Nothing was done',
    );
    expect(ms).toBeLessThan(AT_ONCE_MS);
    proxy.mend();
    await queueUntilTaken(mail, 'once');
    await sink.waitForMessages(1, WAIT_MS);
    expect(subjects(sink)).toEqual(['once']);
  });

  it('answers after two seconds delivers what was stored all the same, each once', async () => {
    const { proxy, mail, sink } = await setUp({ suppression: false });
    await mail.queue(draft('before'));
    proxy.delay(2_000);
    const { error, ms } = await refused(mail.queue({ ...draft('slow'), idempotencyKey: 'slow' }));
    expect(error.message).toContain('is unknown');
    expect(ms).toBeLessThan(AT_ONCE_MS);
    await sink.waitForMessages(1, WAIT_MS);
    // Nobody rang for it: the schedule does, after half a minute.
    await sink.waitForMessages(2, WAIT_MS);
    proxy.mend();
    await queueUntilTaken(mail, 'slow');
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(3, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'before', 'slow']);
  }, 120_000);

  it('loses the connection between the write and its answer has one mail', async () => {
    const { redis, proxy, mail, sink } = await setUp({ suppression: false });
    const admin = redis.client();
    proxy.delay(600);
    const before = await admin.dbsize();
    const queued = mail.queue(draft('cut'));
    await until(async () => (await admin.dbsize()) > before);
    proxy.cut();
    proxy.mend();
    await queued;
    await sink.waitForMessages(1, WAIT_MS);
    expect(subjects(sink)).toEqual(['cut']);
  });

  it.each([
    ['only reads', ['REPLICAOF', LOOPBACK, '1'], ['REPLICAOF', 'NO', 'ONE'], 'READONLY'],
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], 'OOM'],
    [
      'has too few replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '3'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
      'NOREPLICAS',
    ],
  ])('%s refuses at once and says why, and goes on by itself', async (_title, ill, well, word) => {
    const { redis, mail, sink } = await setUp();
    await mail.queue(draft('before'));
    await sink.waitForMessages(1);
    const admin = redis.client();
    await admin.call(ill[0] ?? '', ...ill.slice(1));
    const { error, ms } = await refused(mail.queue(draft('during')));
    expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    expect(error.message).toContain(`Redis refuses with ${word}. Nothing was done`);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    await admin.call(well[0] ?? '', ...well.slice(1));
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(2, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'before']);
  });

  it('cannot write its snapshot refuses at once and says why, and goes on by itself', async () => {
    const { redis, mail, sink } = await setUp({ args: ['--save', '3600', '1'] });
    const admin = redis.client();
    const snapshot = join(redis.dir, 'dump.rdb');
    const saved = async (status: string) => {
      await admin.call('BGSAVE', 'SCHEDULE').catch(() => undefined);
      return (await admin.info('persistence')).includes(`rdb_last_bgsave_status:${status}`);
    };
    await mkdir(join(snapshot, 'in-the-way'), { recursive: true });
    await until(() => saved('err'));
    const { error } = await refused(mail.queue(draft('during')));
    expect(error.message).toContain('Redis refuses with MISCONF. Nothing was done');
    await rm(snapshot, { recursive: true });
    await until(() => saved('ok'));
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(1, WAIT_MS);
    expect(subjects(sink)).toEqual(['after']);
  });

  it('fails over to its replica goes on there, with what was replicated', async () => {
    const { redis, proxy, mail, sink } = await setUp();
    const replica = await startRedis({ own: true });
    parts.unshift(replica);
    const admin = replica.client();
    await admin.call('REPLICAOF', LOOPBACK, String(redis.port));
    await until(async () => (await admin.info('replication')).includes('master_link_status:up'));
    await mail.queue({ ...draft('later'), sendAt: new Date(Date.now() + 4_000) });
    await until(async () => (await admin.dbsize()) === (await redis.client().dbsize()));
    // For a while the name leads to a server that is not yet promoted.
    proxy.redirect(replica.url);
    await redis.kill9();
    const { error } = await refused(mail.queue(draft('during')));
    expect(error.code).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
    await admin.call('REPLICAOF', 'NO', 'ONE');
    await queueUntilTaken(mail, 'after');
    await sink.waitForMessages(2, WAIT_MS);
    expect(subjects(sink)).toEqual(['after', 'later']);
  });

  it('is emptied raises the alarm', async () => {
    const errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { redis, mail } = await setUp();
    await mail.queue({ ...draft('lost'), sendAt: new Date(Date.now() + 3_600_000) });
    await redis.client().flushall();
    await until(async () => {
      await pause(20);
      return errors.mock.calls.some(([message]) => String(message).includes('it was emptied (FLUSHALL'));
    });
    errors.mockRestore();
  });
});
