// An application under load that ends as an orchestrator ends it, by SIGTERM: `node drain-child.mjs '<json of {smtp,
// storage, mails, drainMs}>'`. Plain JavaScript on the built package, so that it is a process like any other.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { withSql } from 'nestjs-mail-relay/sql';

const { smtp, storage, mails, drainMs } = JSON.parse(process.argv[2]);

const feature =
  storage.kind === 'sqlite'
    ? withSql({ file: storage.file })
    : withBull({ namespace: 'drain', redis: storage.url });

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: smtp,
      worker: { concurrency: 20, leaseMs: 5000 },
      shutdown: { drainMs },
      features: [feature],
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
const mail = app.get(MailService);

for (let i = 0; i < mails; i++) {
  try {
    await mail.queue({
      to: `user${i}@example.test`,
      subject: `Mail ${i}`,
      text: 'Hello.',
      idempotencyKey: `mail-${i}`,
    });
  } catch {
    // The end has come; what was not accepted is queued again by the next process.
    break;
  }
}
process.send?.('queued');
