// What `queueMany()` keeps while it goes through very many drafts: `npm run bench:bulk`. The spool takes every mail and
// keeps none, so what grows is the bulk's own. See docs/benchmarks.md.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, Spool } from '../../dist/index.js';
import { SystemClock } from '../../dist/clock/system-clock.js';
import { MemorySpool } from '../../dist/spool/memory/memory-spool.js';

const DRAFTS = Number(process.env['BENCH_DRAFTS'] ?? 1_000_000);
const WARM_UP = 5_000;
const BAR_MB = 150;
const MB = 1024 * 1024;

class DiscardingSpool extends MemorySpool {
  /** @override */
  async addMany(/** @type {readonly any[]} */ entries) {
    await new Promise(setImmediate);
    return entries.map(({ mail, recipients }) => ({
      deduplicated: false,
      spooled: {
        mail,
        recipients: recipients.map((/** @type {any} */ one) => ({ ...one, dueAt: undefined })),
        attempts: 0,
      },
    }));
  }
}

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: 'memory:',
      storage: 'memory',
      worker: false,
      features: [
        { providers: [{ provide: Spool, useFactory: () => new DiscardingSpool(new SystemClock()) }] },
      ],
    }),
  ],
})(AppModule);

function* drafts(/** @type {number} */ count) {
  for (let i = 0; i < count; i++) {
    yield { to: `user${i}@example.test`, subject: `Mail ${i}`, text: 'Hello. '.repeat(50) };
  }
}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const mail = app.get(MailService);
await mail.queueMany(drafts(WARM_UP));
const before = process.memoryUsage().rss;
let most = before;
const from = performance.now();
const { queued } = await mail.queueMany(drafts(DRAFTS), {
  onProgress: ({ read }) => {
    most = Math.max(most, process.memoryUsage().rss);
    if (read % 100_000 === 0) process.stderr.write(`${read} of ${DRAFTS}\n`);
  },
});
const seconds = (performance.now() - from) / 1000;
const grown = (most - before) / MB;
console.log(`${queued} drafts in ${seconds.toFixed(0)} s, ${Math.round(queued / seconds)}/s`);
console.log(
  `${grown < BAR_MB ? 'met   ' : 'MISSED'} RSS grew by ${grown.toFixed(0)} MB, less than ${BAR_MB}`,
);
await app.close();
