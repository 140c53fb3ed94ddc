// One process of an application with Bull, on the built package: `node bull-child.mjs <options as JSON>`. It answers
// messages from its parent: { queue: drafts } with the receipts, { end: true } by closing.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';

const { url, redis, namespace, worker } = JSON.parse(process.argv[2]);

// A machine that runs a dozen processes on a core or two takes its time.
const AT_ONCE = 25;

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: url,
      worker,
      features: [withBull({ namespace, redis })],
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const mail = app.get(MailService);

async function answer({ queue, end }) {
  if (queue) {
    const receipts = [];
    for (let i = 0; i < queue.length; i += AT_ONCE) {
      const some = queue.slice(i, i + AT_ONCE).map((draft) => mail.queue(draft));
      receipts.push(...(await Promise.all(some)));
    }
    process.send({ receipts });
  }
  if (!end) return;
  await app.close();
  process.disconnect();
}

process.on('message', (message) => void answer(message));
process.send({ ready: true });
