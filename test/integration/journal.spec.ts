import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { withSql } from 'nestjs-mail-relay/sql';
import {
  getMailJournalToken,
  MailJournal,
  MailRelayModule,
  MailService,
  memory,
  type MailRelayModuleOptions,
} from 'nestjs-mail-relay';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: Partial<MailRelayModuleOptions> = {}): Promise<INestApplicationContext> {
  const module = await Test.createTestingModule({
    imports: [
      MailRelayModule.forRoot({
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        transport: memory({ name: 'main' }),
        ...options,
      }),
    ],
  }).compile();
  await module.init();
  closing.push(() => module.close());
  return module;
}

async function file(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mail-relay-journal-'));
  closing.push(() => rm(dir, { recursive: true }));
  return join(dir, 'mail.db');
}

const DRAFT = { to: 'ada@example.test', subject: 'Welcome', text: 'Hello', tags: ['signup'] };

/** Asks until the answer is what is waited for. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const until = performance.now() + 10_000; performance.now() < until;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(setImmediate);
  }
  throw new Error('it did not come to pass within 10 s');
}

async function whenSent(journal: MailJournal, mailId: string) {
  return eventually(async () => {
    const timeline = await journal.timeline(mailId);
    return timeline?.recipients[0]?.state === 'sent' ? timeline : undefined;
  });
}

describe('the journal of a relay', () => {
  it.each(['memory', 'SQLite'])('tells what became of a mail, in %s', async (storage) => {
    const features = storage === 'memory' ? [] : [withSql({ file: await file() })];
    const app = await start({ features });
    const { mailId, messageId } = await app.get(MailService).queue(DRAFT);
    const journal = app.get(MailJournal);
    const timeline = await whenSent(journal, mailId);
    expect(timeline).toMatchObject({ messageId, subject: 'Welcome', tags: ['signup'] });
    expect(timeline.events.map(({ type }) => type)).toEqual(['queued', 'sent']);
    const { entries } = await journal.search({
      recipient: 'ADA@example.test',
      subject: 'welc',
      tag: 'signup',
    });
    expect(entries).toMatchObject([{ mailId, recipient: { state: 'sent', transport: 'main' } }]);
    expect(await journal.counters({ type: 'sent', by: ['domain'] })).toEqual([
      { domain: 'example.test', count: 1 },
    ]);
    expect((await journal.find({ messageId }))?.mailId).toBe(mailId);
  });

  it('remembers over a restart with SQLite', async () => {
    const features = [withSql({ file: await file() })];
    const first = await start({ features });
    const { mailId } = await first.get(MailService).queue(DRAFT);
    await whenSent(first.get(MailJournal), mailId);
    await closing.pop()?.();
    const second = await start({ features });
    expect((await second.get(MailJournal).timeline(mailId))?.recipients[0]?.state).toBe('sent');
  });

  it('is of its relay alone, under a token of its own', async () => {
    const app = await start({ name: 'shop' });
    const journal = app.get<MailJournal>(getMailJournalToken('shop'));
    expect(await journal.search()).toEqual({ entries: [] });
    expect(() => app.get(MailJournal)).toThrow();
  });

  it('records nothing when it is switched off, and mail goes all the same', async () => {
    const app = await start({ journal: false });
    expect((await app.get(MailService).send(DRAFT)).ok).toBe(true);
    await expect(app.get(MailJournal).search()).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_JOURNAL' });
  });

  it('refuses a retention that is none', async () => {
    await expect(start({ journal: { retention: { eventsMs: 5 } } })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_OPTIONS',
      message: expect.stringContaining('journal.retention.eventsMs'),
    });
  });
});
