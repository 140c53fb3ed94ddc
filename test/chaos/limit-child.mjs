// One of several processes that send under one limit: `node limit-child.mjs <redis url> <prefix> <mails> <perSecond>`.
// Plain JavaScript on the built package, so that it is a process like any other.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { MailRelayModule, MailService, memory, TransportRegistry } from 'nestjs-mail-relay';
import { LimitStore } from '../../dist/limits/limit-store.js';
import { RedisLimitStore } from '../../dist/storage/redis/redis-limit-store.js';

const [url, prefix, mails, perSecond] = process.argv.slice(2);
const client = new Redis(url);

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      storage: 'memory',
      transport: memory({ limits: { perSecond: Number(perSecond) } }),
      shutdown: { drainMs: 0 },
      features: [
        {
          providers: [{ provide: LimitStore, useFactory: () => new RedisLimitStore({ client, prefix }) }],
        },
      ],
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const mail = app.get(MailService);

process.on('message', (message) => {
  if (message === 'go') void queueAll();
  else tell();
});
process.send?.('ready');

async function queueAll() {
  for (let i = 0; i < Number(mails); i++) {
    await mail.queue({ to: `user${i}@example.test`, subject: `Mail ${i}`, text: 'Hello.' });
  }
}

function tell() {
  const { messages } = app.get(TransportRegistry).get('default');
  process.send?.({ sent: messages.map(({ at }) => at.getTime()) }, () => process.exit(0));
}
