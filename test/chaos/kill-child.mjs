// An application that is killed: it queues mails, sends them, or both. Plain JavaScript on the built package, so that it
// is a process like any other: `node kill-child.mjs '<json of KillChildOptions>'`.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailOperations, MailQueue, MailRelayModule, MailService, Spool } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { withSql } from 'nestjs-mail-relay/sql';

const { smtp, storage, sends, from, to, missing } = JSON.parse(process.argv[2]);

const feature =
  storage.kind === 'sqlite'
    ? withSql({ file: storage.file })
    : withBull({ namespace: 'kill', redis: storage.url, assumeDurable: undefined });

class AppModule {}
Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: smtp,
      worker: sends && { concurrency: 20, leaseMs: 5000 },
      streams: { transactional: { retry: { delaysMs: [500], uncertainMinMs: 1000 } } },
      features: [feature],
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const mail = app.get(MailService);
const spool = app.get(Spool);
const queue = app.get(MailQueue);
const operations = app.get(MailOperations);

// What is taken away, to see that the test notices.
if (missing === 'mark') spool.mark = () => undefined;
if (missing === 'keeper') spool.due = async () => [];
if (missing === 'claim') {
  const claim = spool.claim.bind(spool);
  spool.claim = (id, request) => claim(id, { ...request, leaseMs: 1 });
  spool.mark = () => undefined;
}

const told = (message) => process.send?.(message);

mail.events$.subscribe(({ type, mailId }) => {
  if (type === 'uncertain') told({ kind: 'uncertain', mailId });
});

async function answer({ ask, ids }) {
  try {
    if (ask === 'counts') {
      const { pending, claimed } = await spool.counts();
      const lanes = Object.values(await queue.counts());
      const ringing = lanes.reduce((sum, { waiting, active }) => sum + waiting + active, 0);
      const kept = Object.values(await spool.control.keptCounts()).reduce((sum, one) => sum + one, 0);
      told({ kind: 'counts', counts: { pending, claimed, ringing, kept } });
    } else if (ask === 'replay') {
      // Set aside says as much as uncertain does: it may have gone.
      const { mails } = await operations.failed({ reason: 'set-aside' });
      for (const { mailId } of mails) told({ kind: 'uncertain', mailId });
      told({ kind: 'replay', mails: await operations.replay({ reason: 'set-aside' }) });
    } else {
      const attempts = [];
      for (const id of ids) attempts.push([id, (await spool.get(id))?.attempts ?? 0]);
      told({ kind: 'attempts', attempts });
    }
  } catch (error) {
    told({ kind: 'failed', message: String(error) });
  }
}

process.on('message', (question) => void answer(question));

/** Queues one mail until it is accepted: with its key, repeating is safe. */
async function queueOne(i) {
  for (;;) {
    try {
      const { mailId, messageId } = await mail.queue({
        to: `user${i}@example.test`,
        subject: `Mail ${i}`,
        text: 'Hello.',
        idempotencyKey: `mail-${i}`,
      });
      return told({ kind: 'accepted', i, mailId, messageId });
    } catch (error) {
      if (error.code !== 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE') throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

let next = from;
await Promise.all(
  Array.from({ length: 20 }, async () => {
    while (next < to) await queueOne(next++);
  }),
);
told({ kind: 'idle' });
