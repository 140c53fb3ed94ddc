import { setTimeout } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { MailJournal, MailService, type MailReceipt } from 'nestjs-mail-relay';
import { AccountNotes } from './account-notes.js';

const WITHIN_MS = 30_000;

/** What happens to two mails, and what the application is told of it; each line a check. */
export class Story {
  readonly #mail: MailService;
  readonly #journal: MailJournal;
  readonly #notes: AccountNotes;
  readonly #url: string;
  failed = 0;

  constructor(app: INestApplicationContext, url: string) {
    this.#mail = app.get(MailService);
    this.#journal = app.get(MailJournal);
    this.#notes = app.get(AccountNotes);
    this.#url = url;
  }

  async tell(stopServer: () => Promise<void>): Promise<void> {
    const { mailId, messageId } = await this.#queue('ada@example.test');
    await this.#queue('gone@example.test');
    await this.#notes.waitFor('ada@example.test', 'mail goes there', WITHIN_MS);
    this.#say('ada@example.test', 'was sent', true);
    await this.#notes.waitFor('gone@example.test', 'refused', WITHIN_MS);
    this.#say('gone@example.test', 'was refused, and noted although the first attempt at that failed', true);

    const [again] = (await this.#queue('gone@example.test')).recipients;
    this.#say('gone@example.test', `is not mailed again: ${again?.state}`, again?.state === 'suppressed');

    const fact = await this.#mail.ingest({
      type: 'complained',
      messageId,
      recipient: 'ada@example.test',
      occurredAt: new Date(),
    });
    await this.#notes.waitFor('ada@example.test', 'called it spam', WITHIN_MS);
    this.#say('ada@example.test', 'complained, as a webhook would tell', fact.matched);

    const events = (await this.#journal.timeline(mailId))?.events.map(({ type }) => type) ?? [];
    this.#say('its history', events.join(', '), events.join() === 'queued,sent,complained');

    const metrics = await (await fetch(`${this.#url}/metrics/mail`)).text();
    const line = metrics.split('\n').find((one) => one.includes('outcome="bounced"')) ?? '';
    this.#say('the metrics', line, line.endsWith(' 1'));

    await stopServer();
    this.#say('the server', 'was stopped; the relay takes mail all the same', await this.#becomesDegraded());
  }

  #queue(to: string): Promise<MailReceipt> {
    return this.#mail.queue({ to, subject: 'Your account', text: 'Welcome.' });
  }

  /** By its own route and by Terminus. */
  async #becomesDegraded(): Promise<boolean> {
    for (const until = Date.now() + WITHIN_MS; Date.now() < until; await setTimeout(100)) {
      const answers = await Promise.all(
        ['health', 'health/mail/ready'].map(async (path) => {
          const response = await fetch(`${this.#url}/${path}`);
          return response.ok && (await response.text()).includes('"degraded":true');
        }),
      );
      if (answers.every(Boolean)) return true;
    }
    return false;
  }

  #say(who: string, what: string, ok: boolean): void {
    if (!ok) this.failed++;
    console.log(`  ${ok ? 'ok ' : 'NOT'} ${who.padEnd(20)} ${what}`);
  }
}
