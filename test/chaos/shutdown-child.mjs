// An application that queues mails and is told to end in the middle of it. Plain JavaScript on the built package, so
// that it is a process like any other: `node shutdown-child.mjs <smtp url> <mails> <drainMs>`.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService } from 'nestjs-mail-relay';

const [url, mails, drainMs] = process.argv.slice(2);

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: url,
      storage: 'memory',
      shutdown: { drainMs: Number(drainMs) },
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const mail = app.get(MailService);
const drafts = Array.from({ length: Number(mails) }, (_, i) => ({
  to: `user${i}@example.test`,
  subject: `Mail ${i}`,
  text: 'Hello.',
}));

process.once('message', () => void end());

// Half of them by queue(), half by send(), which is under way when the end comes.
const receipts = await Promise.all(drafts.filter((_, i) => i % 2 === 0).map((draft) => mail.queue(draft)));
const sends = drafts.filter((_, i) => i % 2 === 1).map((draft) => mail.send(draft));
receipts.push(...(await Promise.all(sends)));

async function end() {
  await app.close();
  const states = await Promise.all(
    receipts.map(async ({ mailId, messageId }) => {
      const report = await mail.status(mailId);
      return { messageId, state: report?.recipients[0]?.state };
    }),
  );
  process.send?.({ states });
  process.disconnect();
  // Nothing calls process.exit(): whatever were left open would keep this process alive.
}
