import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { MailOperations, MailRelayError } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { SystemClock } from '../../src/clock/system-clock.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

const log = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };
const LEASE = { owner: 'test', leaseMs: 60_000 };

let parts: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const part of parts.toReversed()) await part.stop();
  parts = [];
});

describe('a Redis that is full', () => {
  it('takes every step of a mail that is there, and no new one', async () => {
    const redis = await startRedis({ own: true });
    const relay = new RelayRedis({ namespace: randomUUID(), relay: 'default', redis: redis.url, log });
    const clock = new SystemClock();
    const spool = await relay.openSpool(clock);
    parts = [redis, { stop: () => spool.close() }];
    const now = clock.now();
    const mails = ['sent', 'waits', 'abandoned'].map((id) =>
      sampleMail({ id: id.padEnd(26, '0'), createdAt: now, dueAt: now }),
    );
    for (const mail of mails) await spool.add(sampleEntry(mail));
    const [sent, , abandoned] = mails;
    if (!sent || !abandoned) throw new Error('there are three');
    await spool.claim(abandoned.id, { owner: 'test', leaseMs: 1 });
    await redis.client().config('SET', 'maxmemory', '1');

    const claim = await spool.claim(sent.id, LEASE);
    if (!claim) throw new Error('it could not be claimed');
    expect(await spool.renew(claim, LEASE.leaseMs)).toBe(true);
    await spool.mark(claim, 'primary', ['ada@example.test']);
    const settled = await spool.settle(claim, {
      recipients: claim.recipients.map(({ address }) => ({ address, state: 'sent' as const })),
      countAttempt: true,
    });
    expect(settled?.attempts).toBe(1);
    const told: string[] = [];
    for (const until = performance.now() + 10_000; told.length === 0 && performance.now() < until;) {
      told.push(...(await spool.due(10)).map(({ id }) => id));
    }
    expect(told).toEqual([abandoned.id]);
    const refused = await spool.add(sampleEntry(sampleMail({ id: 'new'.padEnd(26, '0') }))).catch(String);
    expect(refused).toContain('Redis refuses with OOM. Nothing was done');
    expect(relay.health.whenWell()).toBeUndefined();
  });

  it('keeps a backlog, which goes on by itself when there is room again', async () => {
    const redis = await startRedis({ own: true });
    const sink = await SmtpSink.start();
    const { app, mail, close } = await relayOn(redis.url, sink.url);
    parts = [redis, { stop: () => sink.close() }, { stop: close }];
    const operations = app.get(MailOperations);
    await operations.pause({ lane: 'transactional' });
    for (let i = 0; i < 30; i++)
      await mail.queue({ to: `user${i}@example.test`, subject: `${i}`, text: 'Hello.' });
    const admin = redis.client();
    await admin.config('SET', 'maxmemory', '1');
    await operations.resume({ lane: 'transactional' });
    const error: unknown = await mail
      .queue({ to: 'ada@example.test', subject: 'no', text: 'Hello.' })
      .catch((reason: unknown) => reason);
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE')).toBe(true);
    await admin.config('SET', 'maxmemory', '0');
    await sink.waitForMessages(30, 60_000);
    expect(new Set(sink.messages.map((message) => message.header('Subject'))).size).toBe(30);
  }, 90_000);
});

async function relayOn(redis: string, transport: string) {
  const { app, mail } = await RelayApp.start({
    transport,
    features: [withBull({ namespace: newNamespace(), redis })],
  });
  return { app, mail, close: () => app.close() };
}
