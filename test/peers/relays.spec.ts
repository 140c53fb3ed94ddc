import { afterEach, describe, expect, it } from 'vitest';
import { InjectMailService, MailRelayModule, MailService, smtp } from 'nestjs-mail-relay';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RelayApp } from '../support/relay-app.js';
import { delay, silence, SmtpSink } from '../support/smtp-sink.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function startSink(...options: Parameters<typeof SmtpSink.start>): Promise<SmtpSink> {
  const sink = await SmtpSink.start(...options);
  closing.push(() => sink.close());
  return sink;
}

const draft = { to: 'ada@b.test', subject: 'Hello', text: 'Hello.' };

describe('D7: two relays of one application', () => {
  it('each send to their own server', async () => {
    const [own, partners] = [await startSink(), await startSink()];

    @Injectable()
    class Mailers {
      constructor(
        readonly own: MailService,
        @InjectMailService('partners') readonly partners: MailService,
      ) {}
    }
    const shared = { delivery: 'live', from: 'shop@a.test' } as const;
    @Module({
      imports: [
        MailRelayModule.forRoot({ ...shared, transport: own.url }),
        MailRelayModule.forRoot({ ...shared, name: 'partners', transport: partners.url }),
      ],
      providers: [Mailers],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
    closing.push(() => app.close());
    const mailers = app.get(Mailers);
    await mailers.own.sendOrThrow({ ...draft, to: 'own@b.test' });
    await mailers.partners.sendOrThrow({ ...draft, to: 'partner@b.test' });
    expect(own.messages.flatMap(({ to }) => to)).toEqual(['own@b.test']);
    expect(partners.messages.flatMap(({ to }) => to)).toEqual(['partner@b.test']);
  });

  it('are refused at boot without names, and both places are named', async () => {
    const relay = () => MailRelayModule.forRoot({ from: 'shop@a.test', transport: 'memory:' });
    @Module({ imports: [relay()] })
    class ShopModule {}
    @Module({ imports: [relay(), ShopModule] })
    class AppModule {}
    const starting = NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    const message = await starting.then(
      () => 'started',
      (error: unknown) => String(error),
    );
    expect(message).toContain('ShopModule');
    expect(message).toContain('AppModule');
  });
});

describe('D11: a limit of time', () => {
  it('ends the waiting and not the mail, which goes once', async () => {
    const sink = await startSink({ faults: { eod: delay(300) } });
    const relay = await RelayApp.start({ transport: sink.url });
    closing.push(() => relay.close());
    const report = await relay.mail.send(draft, { timeoutMs: 50 });
    expect(report.recipients).toMatchObject([{ state: 'queued' }]);
    await expect.poll(() => relay.told, { timeout: 10_000 }).toEqual(['ada@b.test sent']);
    expect(sink.messages).toHaveLength(1);
  });

  it('leaves a mail uncertain whose final dot nobody answered, and does not send it again blindly', async () => {
    const sink = await startSink({ faults: { eod: silence } });
    const relay = await RelayApp.start({ transport: smtp({ url: sink.url, replyTimeoutMs: 200 }) });
    closing.push(() => relay.close());
    const report = await relay.mail.send(draft);
    expect(report.recipients).toMatchObject([{ state: 'uncertain' }]);
    expect(Number(report.recipients[0]?.nextAttemptAt) - Date.now()).toBeGreaterThan(9 * 60_000);
    expect(sink.commands.filter((command) => command === 'DATA')).toHaveLength(1);
  });
});
