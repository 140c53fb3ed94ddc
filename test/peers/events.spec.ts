import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { OnMailEvent, type MailEvent } from 'nestjs-mail-relay';
import { CarelessListener } from '../support/careless-listener.js';
import { RelayApp } from '../support/relay-app.js';
import { byAddress, reply, SmtpSink } from '../support/smtp-sink.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

const draft = { to: ['ada@b.test', 'bob@b.test'], subject: 'Hello', text: 'Hello.' };

@Injectable()
class Outcomes {
  readonly heard: string[] = [];

  @OnMailEvent(['sent', 'failed', 'bounced'])
  heardOf({ type, recipient }: MailEvent): void {
    this.heard.push(`${recipient} ${type}`);
  }
}

describe('D1: events of mails', () => {
  it('reach the methods that listen, with no further package and no further setting', async () => {
    const sink = await SmtpSink.start();
    closing.push(() => sink.close());
    sink.faults = { rcpt: byAddress({ 'bob@b.test': reply('550 5.1.1 No such user') }) };
    const relay = await RelayApp.start({ transport: sink.url }, { providers: [Outcomes] });
    closing.push(() => relay.close());
    await relay.mail.send(draft);
    const { heard } = relay.app.get(Outcomes);
    await expect.poll(() => heard.toSorted()).toEqual(['ada@b.test sent', 'bob@b.test bounced']);
  });

  it('change nothing about a mail, whatever a listener does', async () => {
    const sink = await SmtpSink.start();
    closing.push(() => sink.close());
    const relay = await RelayApp.start({ transport: sink.url }, { providers: [CarelessListener, Outcomes] });
    closing.push(() => relay.close());
    expect(await relay.mail.send(draft)).toMatchObject({ ok: true });
    const { heard } = relay.app.get(Outcomes);
    await expect.poll(() => heard.toSorted()).toEqual(['ada@b.test sent', 'bob@b.test sent']);
    expect(sink.messages).toHaveLength(1);
  });
});
