import { afterEach, describe, expect, it } from 'vitest';
import { smtp } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { createMailId } from '../../src/core/mail/mail-id.js';
import { MailQueue } from '../../src/queue/mail-queue.js';
import { Spool } from '../../src/spool/spool.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

const BACKLOG = 50_000;
const BATCH = 500;
const MAILS = 15;
const MOST_MS = 500;
const MARKETING = { lane: 'marketing', stream: 'marketing' };

let parts: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of parts.toReversed()) await part.close();
  parts = [];
});

async function fill(spool: Spool, queue: MailQueue): Promise<void> {
  const message = Buffer.from('Subject: News\r\n\r\nHello.\r\n');
  for (let made = 0; made < BACKLOG; made += BATCH) {
    const entries = Array.from({ length: BATCH }, () => {
      const now = Date.now();
      const times = { createdAt: now, dueAt: now, expiresAt: now + 3_600_000 };
      return sampleEntry(sampleMail({ ...MARKETING, ...times, id: createMailId(now) }), { message });
    });
    await spool.addMany(entries);
    await queue.ring(
      'marketing',
      entries.map(({ mail }) => mail.id),
    );
  }
}

/** How long a transactional mail takes from `queue()` to the sink, milliseconds: the middle of several. */
async function transit({ mail }: RelayApp, sink: SmtpSink, kind: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < MAILS; i++) {
    const subject = `${kind} ${i}`;
    const start = performance.now();
    await mail.queue({ to: 'ada@example.test', subject, text: 'Hello.' });
    await sink.waitFor(
      () => sink.messages.some((message) => message.header('Subject') === subject),
      subject,
      60_000,
    );
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(MAILS / 2)] ?? Number.NaN;
}

describe(`a backlog of ${BACKLOG} newsletters`, () => {
  it(`delays a transactional mail by less than ${MOST_MS} ms`, async () => {
    const redis = await startRedis({ appendfsync: 'everysec' });
    const [urgent, bulk] = [await SmtpSink.start(), await SmtpSink.start()];
    parts.push({ close: () => redis.stop() }, urgent, bulk);
    const app = await RelayApp.start({
      transports: [smtp({ name: 'urgent', url: urgent.url }), smtp({ name: 'bulk', url: bulk.url })],
      streams: { transactional: { transports: ['urgent'] }, marketing: { transports: ['bulk'] } },
      features: [withBull({ namespace: newNamespace(), redis: redis.url })],
    });
    parts.push(app);
    const idleMs = await transit(app, urgent, 'idle');
    const spool = app.app.get(Spool, { strict: false });
    await spool.control.pause({ lane: 'marketing' });
    await fill(spool, app.app.get(MailQueue, { strict: false }));
    await spool.control.resume({ lane: 'marketing' });
    await bulk.waitForMessages(1, 60_000);
    const busyMs = await transit(app, urgent, 'busy');
    expect((await spool.counts()).pending).toBeGreaterThan(BACKLOG / 10);
    expect(busyMs - idleMs).toBeLessThan(MOST_MS);
    await spool.control.pause({ lane: 'marketing' });
  }, 300_000);
});
