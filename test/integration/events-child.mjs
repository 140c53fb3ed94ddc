// One process of an application that listens to mail events, on the built package: `node events-child.mjs <options as
// JSON>`. It tells its parent { heard: { by, id, at } } for each call of a listener, and answers { queue: drafts } with the
// receipts and { end: true } by closing.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, OnMailEvent } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';

const { url, redis, namespace, worker, listens, hangs } = JSON.parse(process.argv[2]);

function tell(by, event) {
  process.send({ heard: { by, id: event.id, happenedAt: event.at.getTime(), at: Date.now() } });
}

class Listener {
  durable(event) {
    tell('durable', event);
    // A holder that is killed now has not done it.
    return hangs ? new Promise(() => undefined) : undefined;
  }

  everywhere(event) {
    tell('everywhere', event);
  }
}

function listen(method, ...about) {
  const descriptor = Object.getOwnPropertyDescriptor(Listener.prototype, method);
  OnMailEvent(...about)(Listener.prototype, method, descriptor);
}
listen('durable', 'sent', { durable: true });
listen('everywhere', 'sent', { everyProcess: true });

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
  providers: listens ? [Listener] : [],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const mail = app.get(MailService);

async function answer({ queue, end }) {
  if (queue) process.send({ receipts: await Promise.all(queue.map((draft) => mail.queue(draft))) });
  if (!end) return;
  await app.close();
  process.disconnect();
}

process.on('message', (message) => void answer(message));
process.send({ ready: true });
