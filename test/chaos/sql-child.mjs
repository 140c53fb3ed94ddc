// An application on a SQLite spool that is killed. Plain JavaScript on the built package, so that it is a process like
// any other: `node sql-child.mjs <file> <smtp url or -> <first> <count>` queues mails <first> to <first + count - 1> and
// sends whatever the spool holds. What it learns goes to standard output at once, one word and one mail a line.
import { writeSync } from 'node:fs';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService } from 'nestjs-mail-relay';
import { withSql } from 'nestjs-mail-relay/sql';

const [file, url, first, count] = process.argv.slice(2);
const tell = (word, what) => writeSync(1, `${word} ${what}\n`);

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      ...(url === '-' ? { worker: false } : { transport: url }),
      streams: { transactional: { retry: { delaysMs: [200], uncertainMinMs: 200 } } },
      features: [withSql({ file, lockWaitMs: 20_000 })],
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const mail = app.get(MailService);
mail.events$.subscribe(({ type, mailId }) => tell(type, mailId));
tell('started', process.pid);

// Being listened to keeps the process alive until it is killed, or told that it is enough.
process.on('message', (message) => void answer(message));

async function answer(message) {
  if (message === 'end') {
    await app.close();
    process.disconnect();
    return;
  }
  const reports = await Promise.all(message.map((mailId) => mail.status(mailId)));
  process.send(reports.map((report) => report?.recipients[0]?.state));
}

const numbers = Array.from({ length: Number(count) }, (_, i) => Number(first) + i);
for (let i = 0; i < numbers.length; i += 50) {
  await Promise.all(
    numbers.slice(i, i + 50).map(async (number) => {
      const receipt = await mail.queue({
        to: `user${number}@example.test`,
        subject: `Mail ${number}`,
        text: 'Hello.\r\n'.repeat(100),
        idempotencyKey: `mail:${number}`,
      });
      tell('accepted', `${receipt.mailId} ${number}`);
    }),
  );
}
