import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import Bull from 'bull';
import { SystemClock } from '../../src/clock/system-clock.js';
import { createMailId } from '../../src/core/mail/mail-id.js';
import { laneQueueOptions } from '../../src/queue/bull/lane-queue.js';
import { BullQueue } from '../../src/queue/bull/bull-queue.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const MAILS = 10_000;
const BATCH = 500;
/** 250 MB for 100 000 mails. */
const MOST_OCTETS_PER_MAIL = 2_500;
const log = { debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis({ own: true, appendfsync: false });
});
afterAll(() => server.stop());

/** A message that compresses to 800 octets. */
function message(): Buffer {
  const noise = randomBytes(580).toString('base64');
  const text = `${noise}\r\n${'<p>Hello, here is what you asked for.</p>\r\n'.repeat(60)}`;
  const octets = deflateRawSync(text, { level: 3 }).length;
  if (octets < 600 || octets > 900) throw new Error(`the message compresses to ${octets} octets`);
  return Buffer.from(text);
}

async function usedOctets(): Promise<number> {
  const info = await server.client().info('memory');
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}

it(`keeps a pending mail of 800 octets in ${MOST_OCTETS_PER_MAIL}, ring and keys included`, async () => {
  const clock = new SystemClock();
  const redis = new RelayRedis({ namespace: 'memory', relay: 'default', redis: server.url, log });
  const spool = await redis.openSpool(clock);
  const lane = new Bull(
    'mail.marketing',
    laneQueueOptions(redis.prefix, (type) => redis.forBull(type)),
  );
  const queue = new BullQueue({
    queues: new Map([['marketing', lane]]),
    whenWell: () => undefined,
    disconnect: () => redis.closeQueue(),
    log,
  });
  const body = message();
  const before = await usedOctets();
  for (let made = 0; made < MAILS; made += BATCH) {
    const entries = Array.from({ length: BATCH }, (_, i) => {
      const now = clock.now();
      const id = createMailId(now);
      return sampleEntry(
        sampleMail({
          id,
          messageId: `<${id}@acme.test>`,
          stream: 'marketing',
          lane: 'marketing',
          envelope: {
            from: 'bounces@news.acme.test',
            to: [`somebody.longer${made + i}@customer.example.test`],
          },
          template: 'newsletter',
          createdAt: now,
          dueAt: now,
          expiresAt: now + 432_000_000,
          sizeBytes: body.length,
        }),
        { message: body },
      );
    });
    await spool.addMany(entries);
    await queue.ring(
      'marketing',
      entries.map(({ mail }) => mail.id),
    );
  }
  const perMail = ((await usedOctets()) - before) / MAILS;
  expect(await spool.counts()).toMatchObject({ pending: MAILS });
  expect((await queue.counts())['marketing']?.waiting).toBe(MAILS);
  expect(perMail).toBeLessThan(MOST_OCTETS_PER_MAIL);

  // Ringing again for what still waits is what the schedule does.
  const told = await spool.due(BATCH);
  await queue.ring(
    'marketing',
    told.map(({ id }) => id),
  );
  expect((await queue.counts())['marketing']?.waiting).toBe(MAILS);
  expect(((await usedOctets()) - before) / MAILS).toBeLessThan(MOST_OCTETS_PER_MAIL);
  await queue.close();
  await spool.close();
}, 120_000);
