import 'reflect-metadata';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, smtp } from 'nestjs-mail-relay';
import { settings } from '../settings.mjs';
import { readyMail, sender, templateDir, templateMail } from '../workload.mjs';

/** The token of `src/mail-relay.tokens.ts`, which applications have no use for. */
const TRY_GATES = 'nestjs-mail-relay:try-gates';

/** Content that is ready: what bare nodemailer is given. @type {import('./contender.mjs').StartContender} */
export async function startRelayReady(port) {
  return startRelay(port, readyMail);
}

/** No breaker and no limit stands before a try. @type {import('./contender.mjs').StartContender} */
export async function startRelayUngated(port) {
  const features = [{ providers: [{ provide: TRY_GATES, useValue: [] }] }];
  return startRelay(port, readyMail, { features });
}

/** Breaker, and limits that are counted and never reached. @type {import('./contender.mjs').StartContender} */
export async function startRelayLimited(port) {
  const much = { perSecond: 10_000, perHour: 100_000_000 };
  return startRelay(port, readyMail, {
    streams: { transactional: { selector: 'weighted', limits: much } },
    limits: { transports: { default: much }, perDomain: { '*': much } },
  });
}

/** The template, with the text part derived from it. @type {import('./contender.mjs').StartContender} */
export async function startRelayTemplate(port) {
  return startRelay(port, templateMail, { templates: { dir: templateDir } });
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
    return await startRelay(port, templateMail, { templates: { dir } });
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * @param {number} port
 * @param {(i: number) => import('nestjs-mail-relay').MailDraft} draft
 * @param {import('nestjs-mail-relay').MailRelayModuleOptions} [options]
 * @param {readonly import('@nestjs/common').Provider[]} [providers]
 * @returns {Promise<import('./contender.mjs').Contender>}
 */
export async function startRelay(port, draft, options, providers = []) {
  class AppModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: AppModule,
      providers: [...providers],
      imports: [
        MailRelayModule.forRoot({
          from: sender,
          delivery: 'live',
          storage: 'memory',
          transport: smtp({ host: '127.0.0.1', port, maxConnections: settings.connections }),
          ...options,
        }),
      ],
    },
    // What a listener's failures do to a terminal is not measured.
    { logger: providers.length > 0 ? ['fatal'] : ['error'] },
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
