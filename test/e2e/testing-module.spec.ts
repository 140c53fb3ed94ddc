import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createTransport } from 'nodemailer';
import {
  getMailJournalToken,
  getMailServiceToken,
  getSuppressionListToken,
  MailRelayModule,
  MailService,
  OnMailEvent,
  type MailEvent,
  type MailJournal,
  type MailRelayModuleOptions,
  type SuppressionList,
} from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { withSql } from 'nestjs-mail-relay/sql';
import {
  getTestMailboxToken,
  TestMailbox,
  MailRelayTestingModule,
  overrideMailRelay,
  startMailCatcher,
  type MailQuery,
  type ScriptedFailure,
} from 'nestjs-mail-relay/testing';
import 'nestjs-mail-relay/testing/vitest';
import { afterEach, describe, expect, it } from 'vitest';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

@Injectable()
class Outcomes {
  readonly heard: MailEvent[] = [];

  @OnMailEvent(['sent', 'bounced', 'uncertain', 'deferred'])
  hear(event: MailEvent): void {
    this.heard.push(event);
  }
}

async function start(options: Parameters<typeof MailRelayTestingModule.forRoot>[0] = {}) {
  const app = await Test.createTestingModule({
    imports: [MailRelayTestingModule.forRoot(options)],
    providers: [Outcomes],
  }).compile();
  await app.init();
  closing.push(() => app.close());
  return { app, mail: app.get(MailService), mailbox: app.get(TestMailbox), outcomes: app.get(Outcomes) };
}

const WELCOME = {
  to: 'ada@example.test',
  subject: 'Welcome',
  text: 'Your code is 4711. https://acme.test/go',
};

describe('MailRelayTestingModule', () => {
  it('puts what is sent into the mailbox', async () => {
    const { mail, mailbox } = await start();
    await mail.queue({
      ...WELCOME,
      html: '<p>Your code is 4711. <a href="https://acme.test/start">Start</a></p>',
      tags: ['signup'],
      attachments: [{ filename: 'größe.txt', content: 'x' }],
    });
    const sent = await mailbox.waitFor({ to: 'ada@example.test', tag: 'signup' });
    expect(sent).toMatchObject({
      subject: 'Welcome',
      from: 'test@example.test',
      text: 'Your code is 4711. https://acme.test/go',
      stream: 'transactional',
      relay: 'default',
    });
    expect(sent.html).toContain('<p>Your code');
    expect(sent.code()).toBe('4711');
    expect(sent.links()).toEqual(['https://acme.test/start', 'https://acme.test/go']);
    expect(sent.attachments).toEqual([
      expect.objectContaining({
        filename: 'größe.txt',
        contentType: 'text/plain',
        content: Buffer.from('x'),
      }),
    ]);
    expect(mailbox).toHaveSentMail({ subject: /^Wel/ });
    expect(mailbox).not.toHaveSentMail({ to: 'bob@example.test' });
    expect(mailbox).toHaveSentMails(1);
  });

  it('resolves a wait as soon as the mail is there, without polling', async () => {
    const { mail, mailbox } = await start();
    const arrival = mailbox.waitFor({ to: 'ada@example.test' }, { count: 2 });
    await mail.send(WELCOME);
    await mail.send({ ...WELCOME, subject: 'Again' });
    // Two turns of promises, no timer: the wait was told, it did not look.
    await expect(Promise.race([arrival, new Promise(setImmediate)])).resolves.toMatchObject({
      subject: 'Again',
    });
  });

  it('says what is there when the wait is over', async () => {
    const { mail, mailbox } = await start();
    await mail.send(WELCOME);
    await expect(mailbox.waitFor({ to: 'bob@example.test' }, { timeoutMs: 10 })).rejects.toThrow(
      'Waited 10 ms for a mail with to "bob@example.test". It holds 1 mail:\n  to ada@example.test, subject "Welcome"',
    );
    expect(() => mailbox.last({ subject: 'Bye' })).toThrow(
      'The mailbox does not hold a mail with subject "Bye".',
    );
  });

  it('lets one recipient be refused and the others be sent', async () => {
    const { mail, mailbox, outcomes } = await start();
    mailbox.fail({ to: 'gone@example.test' }, { reply: '550 5.1.1 No such user' });
    const report = await mail.send({ ...WELCOME, to: ['ada@example.test', 'gone@example.test'] });
    expect(report.recipients.map(({ state }) => state)).toEqual(['sent', 'bounced']);
    expect(mailbox.last().recipients).toEqual(['ada@example.test']);
    await expect.poll(() => outcomes.heard.map(({ type }) => type)).toEqual(['sent', 'bounced']);
  });

  it('lets a delivery fail as often as it is told', async () => {
    const { mail, mailbox } = await start();
    const line = mailbox.fail({}, { reply: '451 4.3.0 Try later', stage: 'eod', times: 1 });
    const first = await mail.send(WELCOME);
    const second = await mail.send(WELCOME);
    expect([first.recipients[0]?.state, second.recipients[0]?.state, line.timesUsed]).toEqual([
      'deferred',
      'sent',
      1,
    ]);
  });

  it('lets the connection be lost before and after the final dot', async () => {
    const { mail, mailbox } = await start();
    mailbox.fail({}, { drop: 'before-dot', times: 1 });
    mailbox.fail({}, { drop: 'after-dot', times: 1 });
    const reports = [await mail.send(WELCOME), await mail.send(WELCOME)];
    expect(reports.map(({ recipients }) => recipients[0]?.state)).toEqual(['deferred', 'uncertain']);
    expect(mailbox).toHaveSentMails(1);
  });

  it('lets a server hang', async () => {
    const { mail, mailbox } = await start({ worker: { attemptTimeoutMs: 100 } });
    mailbox.fail({}, { hang: true });
    const report = await mail.send(WELCOME);
    expect(report.recipients[0]).toMatchObject({ state: 'deferred', failure: { class: 'network' } });
  });

  it('refuses a script that could not happen', async () => {
    const { mailbox } = await start();
    expect(() => mailbox.fail({}, { reply: '250 ok' })).toThrow(
      'needs a reply that begins with a code of 400 to 599',
    );
  });

  it('gives each relay a mailbox of its own', async () => {
    const app = await Test.createTestingModule({
      imports: [MailRelayTestingModule.forRoot(), MailRelayTestingModule.forRoot({ name: 'news' })],
    }).compile();
    closing.push(() => app.close());
    await app.init();
    await app.get(MailService).send(WELCOME);
    const [mailbox, news] = [app.get(TestMailbox), app.get<TestMailbox>(getTestMailboxToken('news'))];
    expect([mailbox.sent().length, news.sent().length]).toEqual([1, 0]);
  });
});

@Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      delivery: 'live',
      transport: 'smtp://127.0.0.1:9',
    }),
    MailRelayModule.forRoot({ name: 'news', from: 'News <news@acme.test>', transport: 'smtp://127.0.0.1:9' }),
  ],
})
class AppModule {}

describe('overrideMailRelay', () => {
  it('takes the mail of every relay of an application', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const mailbox = overrideMailRelay(builder);
    const app = await builder.compile();
    closing.push(() => app.close());
    await app.init();
    await app.get(MailService).queue(WELCOME);
    const sent = await mailbox.waitFor({ relay: 'default' });
    expect([sent.from, sent.transport]).toEqual(['hello@acme.test', 'default']);
    expect(mailbox).not.toHaveSentMail({ relay: 'news' });
  });
});

describe('overrideMailRelay in an application with a storage', () => {
  /** A server that only counts who comes. */
  async function startCounter(): Promise<{ readonly port: number; readonly connections: () => number }> {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    closing.push(async () => server.close());
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  }

  async function start(features: MailRelayModuleOptions['features'], name?: string) {
    const options = { from: 'shop@acme.test', delivery: 'live', transport: 'smtp://127.0.0.1:9' } as const;
    const relay = MailRelayModule.forRoot({ ...options, features, ...(name !== undefined && { name }) });
    const builder = Test.createTestingModule({ imports: [relay] });
    const mailbox = overrideMailRelay(builder);
    const app = await builder.compile();
    await app.init();
    closing.push(() => app.close());
    return {
      mailbox,
      mail: app.get<MailService>(getMailServiceToken(name), { strict: false }),
      journal: app.get<MailJournal>(getMailJournalToken(name), { strict: false }),
      suppressions: app.get<SuppressionList>(getSuppressionListToken(name), { strict: false }),
    };
  }

  async function keepsAllInMemory(features: () => MailRelayModuleOptions['features'], name?: string) {
    const [app, other] = [await start(features(), name), await start(features(), name)];
    await app.suppressions.add({ address: 'bob@example.test' });
    const { mailId } = await app.mail.queue({ ...WELCOME, to: ['ada@example.test', 'bob@example.test'] });
    await app.mailbox.waitFor({ to: 'ada@example.test' });
    await expect
      .poll(async () => (await app.journal.timeline(mailId))?.recipients.map(({ state }) => state))
      .toEqual(['sent', 'suppressed']);
    expect(other.mailbox.sent()).toEqual([]);
    expect(await other.journal.timeline(mailId)).toBeUndefined();
    expect(await other.suppressions.find('bob@example.test')).toEqual([]);
  }

  it.each([undefined, 'news'])('opens no SQLite file, relay %s', async (name) => {
    const file = join(tmpdir(), `mail-relay-never-${process.pid}-${name}`, 'mail.db');
    await keepsAllInMemory(() => [withSql({ file })], name);
    expect(existsSync(dirname(file))).toBe(false);
  });

  it.each([undefined, 'news'])('connects to no Redis, relay %s', async (name) => {
    const redis = await startCounter();
    await keepsAllInMemory(
      () => [withBull({ namespace: 'shop', redis: `redis://127.0.0.1:${redis.port}` })],
      name,
    );
    for (const one of closing.splice(1).toReversed()) await one();
    expect(redis.connections()).toBe(0);
  });
});

describe('startMailCatcher', () => {
  it('catches what another program sends', async () => {
    const catcher = await startMailCatcher();
    closing.push(() => catcher.close());
    const client = createTransport({ url: catcher.url });
    await client.sendMail({ from: 'a@acme.test', to: 'ada@example.test', subject: 'Grüße', text: 'Hello' });
    client.close();
    const caught = await catcher.mailbox.waitFor({ to: 'ada@example.test' });
    expect([caught.subject, caught.text?.trim(), caught.envelope.from]).toEqual([
      'Grüße',
      'Hello',
      'a@acme.test',
    ]);
  });

  describe('with a script', () => {
    const mail = { from: 'a@acme.test', subject: 'Invoice', text: 'Hello' };

    async function startScripted() {
      const catcher = await startMailCatcher();
      const client = createTransport({ url: catcher.url, socketTimeout: 300 });
      closing.push(
        async () => client.close(),
        () => catcher.close(),
      );
      return { mailbox: catcher.mailbox, client };
    }

    async function startRelay() {
      const catcher = await startMailCatcher();
      closing.push(() => catcher.close());
      const relay = MailRelayModule.forRoot({
        from: 'a@acme.test',
        delivery: 'live',
        transport: catcher.url,
        worker: { attemptTimeoutMs: 1_000 },
      });
      const app = await Test.createTestingModule({ imports: [relay] }).compile();
      closing.unshift(() => app.close());
      await app.init();
      const send = (...to: string[]) => app.get(MailService).send({ ...WELCOME, to });
      return { mailbox: catcher.mailbox, send };
    }

    it('refuses a recipient at RCPT TO, and takes the mail for the others', async () => {
      const { mailbox, client } = await startScripted();
      mailbox.fail({ to: 'gone@example.test' }, { reply: '550 5.1.1 No such user' });
      const { rejectedErrors } = await client.sendMail({
        ...mail,
        to: 'ada@example.test, gone@example.test',
      });
      expect(rejectedErrors).toMatchObject([{ responseCode: 550, response: '550 5.1.1 No such user' }]);
      expect(mailbox.last().recipients).toEqual(['ada@example.test']);
    });

    it('refuses a message as often as it is told', async () => {
      const { mailbox, client } = await startScripted();
      mailbox.fail({ subject: /invoice/i }, { reply: '451 4.3.0 Try later', stage: 'eod', times: 1 });
      await expect(client.sendMail({ ...mail, to: 'ada@example.test' })).rejects.toMatchObject({
        responseCode: 451,
        response: '451 4.3.0 Try later',
      });
      expect(mailbox.sent()).toEqual([]);
      await client.sendMail({ ...mail, to: 'ada@example.test' });
      expect(mailbox.sent()).toHaveLength(1);
    });

    it.each([
      { how: { drop: 'before-dot' }, state: 'deferred', taken: 0 },
      { how: { drop: 'after-dot' }, state: 'uncertain', taken: 1 },
      { how: { hang: true }, state: 'deferred', taken: 0 },
    ] as const)('gives no answer, and a relay takes it as it takes it in the process: %j', async (given) => {
      const { mailbox, send } = await startRelay();
      mailbox.fail({}, given.how);
      const { recipients } = await send('ada@example.test');
      expect(recipients.map(({ state }) => state)).toEqual([given.state]);
      expect(mailbox.sent()).toHaveLength(given.taken);
    });

    it('counts a line once a mail, however many recipients it refuses', async () => {
      const { mailbox, send } = await startRelay();
      const line = mailbox.fail({ to: /@gone\.test$/ }, { reply: '550 5.1.1 No such user', times: 1 });
      const { recipients } = await send('a@gone.test', 'ada@example.test', 'b@gone.test');
      expect(recipients.map(({ state }) => state)).toEqual(['bounced', 'sent', 'bounced']);
      expect(line.timesUsed).toBe(1);
      const again = await send('a@gone.test');
      expect(again.recipients[0]?.state).toBe('sent');
    });

    it.each<[MailQuery, ScriptedFailure, string]>([
      [{ subject: 'Invoice' }, { reply: '550 5.1.1 No such user' }, 'does not know "subject" at RCPT TO'],
      [{ from: 'a@acme.test' }, { reply: '550 5.1.1 No such user' }, 'does not know "from" at RCPT TO'],
      [{ text: 'x' }, { drop: 'before-dot' }, 'does not know "text" at RCPT TO'],
      [{ subject: 'Invoice' }, { hang: true }, 'does not know "subject" at RCPT TO'],
      [{ template: 'x' }, { drop: 'after-dot' }, 'does not know "template" over SMTP'],
      [{ stream: 'x' }, { reply: '451 Later', stage: 'eod' }, 'does not know "stream" over SMTP'],
      [{}, { reply: '451 Later', stage: 'mail' }, "at stage 'rcpt' or 'eod', and at no other"],
    ])('refuses what SMTP cannot do: %j %j', async (query, how, problem) => {
      const { mailbox, client } = await startScripted();
      expect(() => mailbox.fail(query, how)).toThrow(problem);
      await client.sendMail({ ...mail, to: 'ada@example.test' });
      expect(mailbox).toHaveSentMails(1);
    });
  });
});
