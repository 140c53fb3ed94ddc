import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, smtp } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { requirePeer } from '../peers.mjs';
import { benchRedisPort } from '../redis.mjs';
import { settings } from '../settings.mjs';
import { sender, templateDir, templateMail } from '../workload.mjs';

/** Who waits for which mail. */
class Waiting {
  /** @type {Map<string, () => void>} */
  #resolves = new Map();
  /** @type {Set<string>} */
  #early = new Set();

  /** @param {string} id */
  done(id) {
    const resolve = this.#resolves.get(id);
    if (resolve) resolve();
    else this.#early.add(id);
    this.#resolves.delete(id);
  }

  /**
   * @param {string} id
   * @returns {Promise<void>}
   */
  async until(id) {
    if (this.#early.delete(id)) return;
    await new Promise((resolve) => this.#resolves.set(id, () => resolve(undefined)));
  }
}

/**
 * Queued in Redis and sent by the worker of the same process: the template, with the text part derived from it.
 *
 * @type {import('./contender.mjs').StartContender}
 */
export const startRelayBull = (port) => startRelay(port, true);

/**
 * The same without a history of mails, which nobody else keeps.
 *
 * @type {import('./contender.mjs').StartContender}
 */
export const startRelayBullWithoutJournal = (port) => startRelay(port, false);

/**
 * @param {number} port
 * @param {boolean} hasJournal
 */
async function startRelay(port, hasJournal) {
  class AppModule {}
  const redis = `redis://127.0.0.1:${benchRedisPort()}`;
  const app = await NestFactory.createApplicationContext(
    {
      module: AppModule,
      imports: [
        MailRelayModule.forRoot({
          from: sender,
          delivery: 'live',
          transport: smtp({ host: '127.0.0.1', port, maxConnections: settings.connections }),
          templates: { dir: templateDir },
          ...(!hasJournal && { journal: false }),
          features: [withBull({ namespace: `bench-${randomUUID()}`, redis })],
        }),
      ],
    },
    { logger: ['error'] },
  );
  const mail = app.get(MailService);
  const waiting = new Waiting();
  mail.events$.subscribe((event) => {
    if (event.type === 'sent') waiting.done(event.mailId);
  });
  const send = async (/** @type {number} */ i) => {
    const { mailId } = await mail.queue(templateMail(i));
    await waiting.until(mailId);
  };
  return { send, burst: burstOf(send), stop: async () => app.close() };
}

/**
 * The queue that `@nestjs-modules/mailer` brings, BullMQ, as its documentation sets it up.
 *
 * @type {import('./contender.mjs').StartContender}
 */
export async function startMailerQueue(port) {
  const nest = requirePeer('@nestjs/core');
  const { MailerModule, MailerQueueModule, MailerQueueService } = requirePeer('@nestjs-modules/mailer');
  // Its worker knows when a job is done, and is no part of what it exports.
  const { MailerQueueProcessor } = requirePeer(
    fileURLToPath(
      new URL('../peers/node_modules/@nestjs-modules/mailer/dist/mailer-queue.processor.js', import.meta.url),
    ),
  );
  const { HandlebarsAdapter } = requirePeer('@nestjs-modules/mailer/adapters/handlebars.adapter');
  class AppModule {}
  const app = await nest.NestFactory.createApplicationContext(
    {
      module: AppModule,
      imports: [
        MailerModule.forRoot({
          transport: { pool: true, host: '127.0.0.1', port, maxConnections: settings.connections },
          defaults: { from: sender },
          template: { dir: templateDir, adapter: new HandlebarsAdapter() },
        }),
        MailerQueueModule.register({
          queueName: `bench-${randomUUID()}`,
          connection: { host: '127.0.0.1', port: benchRedisPort() },
        }),
      ],
    },
    { logger: ['error'] },
  );
  const waiting = new Waiting();
  const { worker } = app.get(MailerQueueProcessor, { strict: false });
  worker.on('completed', (/** @type {{ id: string }} */ job) => waiting.done(job.id));
  const queue = app.get(MailerQueueService, { strict: false });
  const send = async (/** @type {number} */ i) => {
    const job = await queue.enqueue(templateMail(i));
    await waiting.until(job.id);
  };
  return { send, burst: burstOf(send), stop: async () => app.close() };
}

/** @param {(i: number) => Promise<void>} send */
function burstOf(send) {
  return async (/** @type {number} */ count) =>
    void (await Promise.all(Array.from({ length: count }, (_, i) => send(i))));
}
