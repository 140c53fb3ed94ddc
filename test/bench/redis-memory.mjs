// What mails that wait take of Redis, with their rings and all keys: `npm run bench:redis-memory`. See docs/benchmarks.md.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { MailRelayModule, MailService } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { benchRedisPort, startBenchRedis } from './redis.mjs';

const MAILS = Number(process.env['BENCH_MAILS'] ?? 100_000);
const BAR_MB = 250;
const MB = 1_000_000;
const NAMESPACE = 'memory';

/** What its html and text compress to is about 800 octets, and no two are alike. */
function content() {
  const noise = randomBytes(365).toString('base64');
  return `<p>${noise}</p>\n${'<p>Hello, here is what you asked for.</p>\n'.repeat(60)}`;
}

/** @param {number} count */
function* drafts(count) {
  for (let i = 0; i < count; i++) {
    yield {
      to: `somebody.longer${i}@customer.example.test`,
      subject: 'Your newsletter',
      html: content(),
      text: 'Hello.',
    };
  }
}

class AppModule {}

const server = await startBenchRedis();
try {
  Module({
    imports: [
      MailRelayModule.forRoot({
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        transport: 'memory:',
        worker: false,
        // What has become of a mail is kept for as long as somebody wants to know; this is about mails that wait.
        journal: false,
        features: [withBull({ namespace: NAMESPACE, redis: `redis://127.0.0.1:${benchRedisPort()}` })],
      }),
    ],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  const client = new Redis(benchRedisPort());
  const before = await usedOctets(client);
  const started = performance.now();
  const { queued } = await app.get(MailService).queueMany(drafts(MAILS));
  const seconds = (performance.now() - started) / 1000;
  await app.close();
  const used = (await usedOctets(client)) - before;
  const events = await sizeOf(client, `{${NAMESPACE}:default}:x`);
  const per = (/** @type {number} */ octets) => `${Math.round(octets / queued)} B each`;
  const mb = (/** @type {number} */ octets) => `${(octets / MB).toFixed(1)} MB`;
  const pending = used - events;
  console.log(`${queued} mails wait, queued at ${Math.round(queued / seconds)} a second`);
  console.log(`  their messages, compressed    ${await packedOctets(client)} B on average`);
  console.log(`  mails, rings, all keys        ${mb(pending)}, ${per(pending)}`);
  console.log(`  their events in the log       ${mb(events)}, ${per(events)}`);
  const verdict = pending / queued <= (BAR_MB * MB) / 100_000 ? 'met   ' : 'MISSED';
  console.log(`${verdict}  at most ${BAR_MB} MB for 100 000 mails, is ${mb((pending / queued) * 100_000)}`);
  client.disconnect();
} finally {
  await server.stop();
}

/** @param {Redis} client */
async function usedOctets(client) {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

/**
 * @param {Redis} client
 * @param {string} key
 */
async function sizeOf(client, key) {
  return (await client.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
}

/**
 * Of some messages, as they lie there.
 *
 * @param {Redis} client
 */
async function packedOctets(client) {
  const [, keys] = await client.scan(0, 'MATCH', `{${NAMESPACE}:default}:b:*`, 'COUNT', 1000);
  const sizes = await Promise.all(keys.map((key) => client.strlen(key)));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length));
}
