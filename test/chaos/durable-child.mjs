// An application on a SQLite spool with a durable listener: `node durable-child.mjs <file> <how often it fails>`. It tells
// its parent { told: mailId } for each call, and answers 'queue' with { queued: mailId } and
// 'end' by closing.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, OnMailEvent } from 'nestjs-mail-relay';
import { withSql } from 'nestjs-mail-relay/sql';

const [file, failures] = process.argv.slice(2);
let left = Number(failures);

class Listener {
  async sent({ mailId }) {
    process.send({ told: mailId });
    if (left-- > 0) throw new Error('Not yet.');
  }
}
const descriptor = Object.getOwnPropertyDescriptor(Listener.prototype, 'sent');
OnMailEvent('sent', { durable: true })(Listener.prototype, 'sent', descriptor);

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: 'memory:',
      features: [withSql({ file, lockWaitMs: 20_000 })],
    }),
  ],
  providers: [Listener],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['fatal'] });
const mail = app.get(MailService);

async function answer(message) {
  if (message === 'end') {
    await app.close();
    process.disconnect();
    return;
  }
  const { mailId } = await mail.queue({ to: 'ada@example.test', subject: 'Hello', text: 'Hello.' });
  process.send({ queued: mailId });
}

process.on('message', (message) => void answer(message));
process.send({ ready: true });
