import 'reflect-metadata';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, smtp } from 'nestjs-mail-relay';
import { settings } from '../settings.mjs';
import { readyMail, sender, templateDir, templateMail } from '../workload.mjs';

/** Content that is ready: what bare nodemailer is given. @type {import('./contender.mjs').StartContender} */
export async function startRelayReady(port) {
  return startRelay(port, readyMail);
}

/** The template, with the text part derived from it. @type {import('./contender.mjs').StartContender} */
export async function startRelayTemplate(port) {
  return startRelay(port, templateMail, { dir: templateDir });
}

/**
 * The template without a text part, which is what an empty text template means.
 *
 * @type {import('./contender.mjs').StartContender}
 */
export async function startRelayHtmlOnly(port) {
  const dir = await mkdtemp(join(tmpdir(), 'mail-relay-bench-'));
  try {
    await copyFile(join(templateDir, 'receipt.hbs'), join(dir, 'receipt.hbs'));
    await writeFile(join(dir, 'receipt.text.hbs'), '');
    return await startRelay(port, templateMail, { dir });
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * @param {number} port
 * @param {(i: number) => import('nestjs-mail-relay').MailDraft} draft
 * @param {import('nestjs-mail-relay').MailRelayOptions['templates']} [templates]
 * @returns {Promise<import('./contender.mjs').Contender>}
 */
async function startRelay(port, draft, templates) {
  class AppModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: AppModule,
      imports: [
        MailRelayModule.forRoot({
          from: sender,
          delivery: 'live',
          storage: 'memory',
          transport: smtp({ host: '127.0.0.1', port, maxConnections: settings.connections }),
          templates,
        }),
      ],
    },
    { logger: ['error'] },
  );
  const mail = app.get(MailService);
  return {
    send: async (i) => {
      await mail.sendOrThrow(draft(i));
    },
    burst: async (count) => {
      const finished = sentEvents(mail, count);
      await Promise.all(Array.from({ length: count }, (_, i) => mail.queue(draft(i))));
      await finished;
    },
    stop: async () => {
      await app.close();
    },
  };
}

/**
 * Resolves with the event that says the last of `count` mails was sent.
 *
 * @param {MailService} mail
 * @param {number} count
 * @returns {Promise<void>}
 */
function sentEvents(mail, count) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const subscription = mail.events$.subscribe((event) => {
      if (event.type === 'queued') return;
      if (event.type === 'sent') sent++;
      else reject(new Error(`A mail was not sent: ${event.type}.`));
      if (event.type === 'sent' && sent < count) return;
      subscription.unsubscribe();
      resolve();
    });
  });
}
