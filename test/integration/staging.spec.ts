import { afterEach, describe, expect, it } from 'vitest';
import { Test } from '@nestjs/testing';
import { MailRelayModule, MailService, type MailEvent, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { overrideMailRelay } from 'nestjs-mail-relay/testing';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: MailRelayModuleOptions) {
  const builder = Test.createTestingModule({
    imports: [MailRelayModule.forRoot({ from: 'Acme <hello@acme.test>', transport: 'memory:', ...options })],
  });
  const mailbox = overrideMailRelay(builder);
  const app = await builder.compile();
  closing.push(() => app.close());
  await app.init();
  const mail = app.get(MailService);
  const events: MailEvent[] = [];
  mail.events$.subscribe((event) => events.push(event));
  return { mail, mailbox, events };
}

const DRAFT = {
  to: ['ada@example.test', 'dev@acme.test'],
  bcc: 'jörg@example.test',
  subject: 'Hi',
  text: 'Hello',
};

describe('the option delivery of a staging system', () => {
  it('redirects mail, and keeps whom it was for in a header and in the events', async () => {
    const { mail, mailbox, events } = await start({ delivery: { redirectTo: 'team@acme.test' } });
    const report = await mail.send(DRAFT);
    expect(report.recipients).toEqual([
      expect.objectContaining({ address: 'team@acme.test', state: 'sent' }),
    ]);
    const sent = mailbox.last();
    expect(sent.recipients).toEqual(['team@acme.test']);
    expect(sent.header('x-mail-relay-original-to')).toBe(
      'ada@example.test, dev@acme.test, jörg@example.test',
    );
    await expect
      .poll(() => events.find(({ type }) => type === 'sent'))
      .toMatchObject({
        originalRecipients: ['ada@example.test', 'dev@acme.test', 'jörg@example.test'],
      });
  });

  it('mails whom it allows, by address and by domain, and suppresses the others', async () => {
    const { mail, mailbox } = await start({ delivery: { allow: ['acme.test', 'ada@example.test'] } });
    const report = await mail.send(DRAFT);
    expect(report.recipients.map(({ address, state }) => `${address} ${state}`)).toEqual([
      'ada@example.test sent',
      'dev@acme.test sent',
      'jörg@example.test suppressed',
    ]);
    expect(mailbox.last().recipients).toEqual(['ada@example.test', 'dev@acme.test']);
    expect(mailbox.last().header('x-mail-relay-original-to')).toBeUndefined();
  });

  it.each([
    [{ redirectTo: 'nobody' }, 'delivery.redirectTo[0]'],
    [{ allow: ['@'] }, 'delivery.allow[0]'],
    [{ allowed: ['acme.test'] }, 'delivery: given'],
    [{}, 'delivery: given'],
  ])('refuses %j', async (delivery, place) => {
    await expect(start({ delivery: delivery as never })).rejects.toThrow(place);
  });
});
