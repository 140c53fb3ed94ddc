import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { MailService, MailRelayModule, getMailServiceToken } from 'nestjs-mail-relay';
import { withSql } from 'nestjs-mail-relay/sql';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { SpoolFolder } from '../support/spool-folder.js';

const folder = new SpoolFolder();
const DRAFT = { to: 'ada@example.test', subject: 'Hello', text: 'Hello, Ada.', idempotencyKey: 'hello' };

let sink: SmtpSink | undefined;
const apps: RelayApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await sink?.close();
  sink = undefined;
});

async function start(...args: Parameters<typeof RelayApp.start>): Promise<RelayApp> {
  const app = await RelayApp.start(...args);
  apps.push(app);
  return app;
}

describe('withSql()', () => {
  it('keeps what was accepted over a restart, sends it once, and knows what became of it', async () => {
    sink = await SmtpSink.start();
    const features = [withSql({ file: folder.file() })];
    const first = await start({ features, worker: false });
    const receipt = await first.mail.queue(DRAFT);
    expect(receipt).toMatchObject({ durability: 'fsync', deduplicated: false });
    await first.close();

    const second = await start({ features, transport: sink.url });
    await sink.waitForMessages(1);
    await expect.poll(() => second.told).toEqual(['ada@example.test sent']);
    expect(await second.mail.status(receipt.mailId)).toMatchObject({ ok: true });
    await second.close();

    const third = await start({ features, transport: sink.url });
    expect(await third.mail.status(receipt.mailId)).toMatchObject({ ok: true });
    const again = await third.mail.queue(DRAFT);
    expect(again).toMatchObject({ deduplicated: true, mailId: receipt.mailId });
    await expect(third.mail.queue({ ...DRAFT, text: 'Other.' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT',
    });
    expect(sink.messages).toHaveLength(1);
  });

  it('serves send(), and mail with large attachments', async () => {
    sink = await SmtpSink.start();
    const app = await start({ features: [withSql({ file: folder.file() })], transport: sink.url });
    const attachments = [{ filename: 'large.bin', content: Buffer.alloc(2_000_000, 'mail') }];
    expect(await app.mail.send({ ...DRAFT, attachments })).toMatchObject({ ok: true });
    await app.mail.queue({ ...DRAFT, idempotencyKey: 'queued', attachments });
    await sink.waitForMessages(2);
  });

  it('takes its options from a factory, with what that injects', async () => {
    const file = folder.file();
    const token = 'where';
    class ConfigModule {}
    Module({ providers: [{ provide: token, useValue: file }], exports: [token] })(ConfigModule);
    const storage = withSql({
      imports: [ConfigModule],
      inject: [token],
      useFactory: async (found: string) => ({ file: found, retention: { finishedMs: 1000 } }),
    });
    const app = await start({ features: [storage], worker: false });
    expect(await app.mail.queue(DRAFT)).toMatchObject({ durability: 'fsync' });
    expect(existsSync(file)).toBe(true);
  });

  it('lets no two relays of an application share a file, and names the one that has it', async () => {
    const file = folder.file();
    const relay = (name: string, path: string) =>
      MailRelayModule.forRoot({ name, worker: false, features: [withSql({ file: path, lockWaitMs: 1000 })] });
    class Both {}
    Module({ imports: [relay('shop', file), relay('news', file)] })(Both);
    await expect(
      NestFactory.createApplicationContext(Both, { logger: false, abortOnError: false }),
    ).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_SPOOL_IN_USE',
      message: expect.stringMatching(/relay "(shop|news)"/),
    });

    class Apart {}
    Module({ imports: [relay('shop', folder.file()), relay('news', folder.file())] })(Apart);
    const app = await NestFactory.createApplicationContext(Apart, { logger: false });
    for (const name of ['shop', 'news']) {
      const mail = app.get<MailService>(getMailServiceToken(name));
      expect(await mail.queue({ ...DRAFT, from: 'Acme <hello@acme.test>' })).toMatchObject({
        deduplicated: false,
      });
    }
    await app.close();
  });

  it.each<readonly [{ file: string; [wrong: string]: unknown }, RegExp]>([
    [{ file: '' }, /file must be the path/],
    [{ file: ':memory:' }, /file must be the path/],
    [{ file: 'a.db', lockWaitMs: -1 }, /lockWaitMs must be whole milliseconds/],
    [{ file: 'a.db', retention: { keptMs: 0.5 } }, /retention.keptMs must be/],
    [{ file: 'a.db', retention: { days: 7 } }, /retention.days is no option/],
    [{ file: 'a.db', path: 'b.db' }, /path is no option/],
  ])('refuses %j at boot', async (options, message) => {
    class App {}
    Module({
      imports: [MailRelayModule.forRoot({ worker: false, features: [withSql(options)] })],
    })(App);
    await expect(
      NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }),
    ).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_OPTIONS', message: expect.stringMatching(message) });
  });

  it('says what is wrong when the folder cannot be made', async () => {
    const file = folder.file();
    await (await folder.open(file)).close();
    await expect(folder.open(join(file, 'below', 'a.db'))).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE',
    });
  });
});
