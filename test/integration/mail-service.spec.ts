import { Readable } from 'node:stream';
import { generateKeyPairSync } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ContentTransform,
  MailPolicy,
  type MailRelayModuleOptions,
  type PolicyDecision,
  type RenderedContent,
} from 'nestjs-mail-relay';
import { verifyDkim } from '../support/dkim-verifier.js';
import { RelayApp } from '../support/relay-app.js';
import { byAddress, close, reply, SmtpSink, times, type SmtpSinkOptions } from '../support/smtp-sink.js';

const [ADA, BOB, EVE] = ['ada@example.test', 'bob@example.test', 'eve@example.test'] as const;
const FAST = {
  transactional: { retry: { delaysMs: [20], greylistMinMs: 20, slowMinMs: 20, uncertainMinMs: 20 } },
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function start(sinkOptions: SmtpSinkOptions = {}, options: MailRelayModuleOptions = {}) {
  const sink = await SmtpSink.start(sinkOptions);
  closing.push(() => sink.close());
  const relay = await RelayApp.start({ transport: sink.url, ...options });
  closing.push(() => relay.close());
  return { sink, relay, mail: relay.mail };
}

describe('MailService', () => {
  it('hands a mail to the server exactly as it was asked for', async () => {
    const { sink, mail } = await start();
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]);
    const report = await mail.send({
      to: [{ name: 'Ada Lovelace, née Byron', address: ADA }],
      cc: `Bob <${BOB}>`,
      bcc: EVE,
      replyTo: 'support@acme.test',
      subject: 'Grüße aus Köln ✓',
      html: '<p>Schöne Grüße <img src="cid:logo" alt=""></p>',
      attachments: [
        { filename: 'naïve.bin', content: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) },
        { filename: 'stream.txt', content: () => Readable.from(['a'.repeat(70_000), 'b']) },
        { filename: 'logo.png', cid: 'logo', content: png },
      ],
      headers: { 'X-Campaign': 'spring' },
      list: { id: 'news.acme.test', unsubscribe: { url: 'https://acme.test/u/1', oneClick: true } },
      importance: 'high',
    });
    expect(report).toMatchObject({
      ok: true,
      recipients: [{ state: 'sent' }, { state: 'sent' }, { state: 'sent' }],
    });

    const [message] = sink.messages;
    expect(message).toMatchObject({
      from: 'hello@acme.test',
      to: [ADA, BOB, EVE],
      bareCr: 0,
      bareLf: 0,
      nul: 0,
    });
    const raw = message?.raw ?? Buffer.alloc(0);
    expect(
      Math.max(
        ...raw
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
    const parsed = await simpleParser(raw);
    expect(parsed.subject).toBe('Grüße aus Köln ✓');
    expect(parsed.to).toMatchObject({ value: [{ name: 'Ada Lovelace, née Byron', address: ADA }] });
    expect(parsed.cc).toMatchObject({ value: [{ name: 'Bob', address: BOB }] });
    expect(parsed.bcc).toBeUndefined();
    expect(raw.toString('latin1')).not.toContain(EVE);
    expect(parsed.messageId).toBe(report.messageId);
    expect(parsed.text?.trim()).toContain('Schöne Grüße');
    expect(parsed.html).toContain('Schöne Grüße');
    const [logo, bin, stream] = parsed.attachments;
    expect(bin).toMatchObject({ filename: 'naïve.bin' });
    expect(bin?.content.equals(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))).toBe(true);
    expect(stream?.content.toString()).toBe(`${'a'.repeat(70_000)}b`);
    expect(logo).toMatchObject({ cid: 'logo', contentType: 'image/png', related: true });
    expect(logo?.content.equals(png)).toBe(true);
    expect(message?.header('X-Campaign')).toBe('spring');
    expect(message?.header('List-Unsubscribe')).toBe('<https://acme.test/u/1>');
    expect(message?.header('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  });

  it('signs with DKIM so that an independent verifier agrees, both List-Unsubscribe headers included', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { sink, mail } = await start(
      {},
      {
        dkim: {
          domainName: 'acme.test',
          keySelector: 'test',
          privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        },
      },
    );
    await mail.send({
      to: ADA,
      subject: 'Grüße',
      text: 'Hello.\n\n.dots\n..and more',
      list: { unsubscribe: { url: 'https://acme.test/u', oneClick: true } },
    });
    const verdict = verifyDkim(sink.messages[0]?.raw ?? Buffer.alloc(0), publicKey);
    expect(verdict).toMatchObject({ ok: true, reason: '', domain: 'acme.test', selector: 'test' });
    expect(verdict.signedFields).toEqual(
      expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post', 'from']),
    );
  });

  it('names three outcomes when one of three recipients is refused and one deferred, and retries only that one', async () => {
    const { sink, relay, mail } = await start(
      {
        faults: {
          rcpt: (event) =>
            event.address === BOB
              ? reply('550 5.1.1 No such user')
              : event.address === EVE && event.connection === 1 && event.transaction === 1
                ? reply('450 4.7.1 Greylisted, try again later')
                : undefined,
        },
      },
      { streams: FAST },
    );
    const report = await mail.send({ to: [ADA, BOB, EVE], subject: 's', text: 't' });
    expect(report.ok).toBe(false);
    expect(report.recipients.map(({ state }) => state)).toEqual(['sent', 'bounced', 'deferred']);
    expect(report.recipients[1]?.failure?.reply).toMatchObject({ code: 550, enhanced: '5.1.1' });
    await sink.waitForMessages(2);
    expect(sink.messages.map(({ to }) => to)).toEqual([[ADA], [EVE]]);
    await expect
      .poll(() => relay.told)
      .toEqual([`${ADA} sent`, `${BOB} bounced`, `${EVE} deferred`, `${EVE} sent`]);
    expect((await mail.status(report.mailId))?.recipients.map(({ state }) => state)).toEqual([
      'sent',
      'bounced',
      'sent',
    ]);
  });

  it('keeps a refused recipient refused when the dot fails for the others, and retries only the others', async () => {
    const { sink, relay, mail } = await start(
      {
        faults: {
          rcpt: byAddress({ [BOB]: reply('550 5.1.1 No such user') }),
          eod: times(1, reply('451 4.3.0 Try again later')),
        },
      },
      { streams: FAST },
    );
    const report = await mail.send({ to: [ADA, BOB, EVE], subject: 's', text: 't' });
    expect(report.recipients.map(({ state }) => state)).toEqual(['deferred', 'bounced', 'deferred']);
    await sink.waitForMessages(1);
    expect(sink.messages[0]?.to).toEqual([ADA, EVE]);
    expect(sink.transactions).toHaveLength(2);
    await expect.poll(() => relay.told.slice(3)).toEqual([`${ADA} sent`, `${EVE} sent`]);
  });

  it('gives a mail that is refused as a message up for good', async () => {
    const { mail } = await start({ faults: { eod: reply('554 5.6.0 Message content rejected') } });
    const report = await mail.send({ to: ADA, subject: 's', text: 't' });
    expect(report.recipients).toMatchObject([{ state: 'failed', failure: { scope: 'message' } }]);
  });

  it('tells of a connection lost after the dot as uncertain, and keeps the Message-ID', async () => {
    const { sink, relay, mail } = await start(
      { faults: { eod: times(1, { ...close, keep: true }) } },
      { streams: FAST },
    );
    const report = await mail.send({ to: ADA, subject: 's', text: 't' });
    expect(report.recipients).toMatchObject([
      { state: 'uncertain', failure: { ambiguous: true, stage: 'eod' } },
    ]);
    await sink.waitForMessages(2);
    expect(new Set(sink.messages.map((message) => message.header('Message-ID')))).toEqual(
      new Set([report.messageId]),
    );
    await expect.poll(() => relay.told).toEqual([`${ADA} uncertain`, `${ADA} sent`]);
  });

  it('resolves with "queued" when timeoutMs ends first, and finishes all the same', async () => {
    const { relay, mail } = await start({ faults: { eod: { delayMs: 300 } } });
    const report = await mail.send({ to: ADA, subject: 's', text: 't' }, { timeoutMs: 20 });
    expect(report.recipients).toMatchObject([{ state: 'queued' }]);
    await expect.poll(() => relay.told).toEqual([`${ADA} sent`]);
  });

  it('throws from sendOrThrow what send reports', async () => {
    const { mail } = await start({ faults: { rcpt: reply('550 5.1.1 No such user') } });
    const sending = mail.sendOrThrow({ to: ADA, subject: 's', text: 't' });
    await expect(sending).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_NOT_SENT',
      message: expect.stringContaining('1 bounced'),
      cause: { recipients: [{ state: 'bounced' }] },
    });
    await expect(sending).rejects.not.toMatchObject({ message: expect.stringContaining(ADA) });
  });

  it('sends a mail that is due later when it is due', async () => {
    const { sink, mail } = await start();
    const sendAt = new Date(Date.now() + 400);
    const receipt = await mail.queue({ to: ADA, subject: 's', text: 't', sendAt });
    expect(receipt.recipients).toEqual([{ address: ADA, state: 'queued' }]);
    await sink.waitForMessages(1);
    expect(Date.now()).toBeGreaterThanOrEqual(sendAt.getTime());
    expect(new Date(sink.messages[0]?.header('Date') ?? '').getTime()).toBe(
      Math.floor(sendAt.getTime() / 1000) * 1000,
    );
  });

  it('makes one mail of one idempotency key, however many callers', async () => {
    const { sink, mail } = await start();
    const draft = { to: ADA, subject: 's', text: 't', idempotencyKey: 'order:1' };
    const receipts = await Promise.all(Array.from({ length: 50 }, () => mail.queue(draft)));
    expect(new Set(receipts.map(({ mailId }) => mailId)).size).toBe(1);
    expect(receipts.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    await expect(mail.queue({ ...draft, subject: 'other' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT',
    });
    await sink.waitForMessages(1);
    expect((await mail.send(draft)).recipients).toMatchObject([{ state: expect.any(String) }]);
    expect(sink.messageCount).toBe(1);
  });

  it.each([
    ['the draft is wrong', { to: 'nobody' }],
    ['a header is reserved', { headers: { Received: 'x' } }],
    ['the template does not exist', { subject: undefined, text: undefined, template: 'nowhere' }],
  ])('closes the streams of a draft and accepts nothing when %s', async (_why, wrong) => {
    const { sink, relay, mail } = await start();
    const content = Readable.from(['hello']);
    let opened = false;
    const attachments = [{ content }, { content: () => ((opened = true), 'late') }];
    await expect(
      mail.queue({ to: ADA, subject: 's', text: 't', attachments, ...wrong }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_MAIL_RELAY_/),
    });
    expect({ destroyed: content.destroyed, opened }).toEqual({ destroyed: true, opened: false });
    expect(relay.events).toEqual([]);
    expect(sink.messageCount).toBe(0);
  });

  it('says where this process does not send', async () => {
    const { relay, mail } = await start({}, { worker: false });
    await expect(mail.send({ to: ADA, subject: 's', text: 't' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_NO_WORKER',
      message: expect.stringContaining('queue()'),
    });
    expect(relay.events).toEqual([]);
  });

  it('asks the policies of features at admission', async () => {
    class Redirect extends MailPolicy {
      readonly name = 'redirect';
      override admit(): PolicyDecision {
        return { kind: 'redirect', recipients: ['team@acme.test'], reason: 'staging' };
      }
    }
    class Suppress extends MailPolicy {
      readonly name = 'suppress';
      override admit(): PolicyDecision {
        return { kind: 'suppress', recipients: [ADA], reason: 'bounced before' };
      }
    }
    const redirecting = await start({}, { features: [{ policies: [Redirect] }] });
    await redirecting.mail.send({ to: [ADA, BOB], subject: 's', text: 't' });
    expect(redirecting.sink.messages.map(({ to }) => to)).toEqual([['team@acme.test']]);

    const suppressing = await start({}, { features: [() => ({ policies: [Suppress] })] });
    const receipt = await suppressing.mail.queue({ to: ADA, subject: 's', text: 't' });
    expect(receipt.recipients).toEqual([{ address: ADA, state: 'suppressed', reason: 'bounced before' }]);
    await expect.poll(() => suppressing.relay.told).toEqual([`${ADA} suppressed`]);
    expect(suppressing.sink.messageCount).toBe(0);
  });

  it('uses the return path of the stream as the SMTP sender, else the Sender, else the author', async () => {
    const { sink, mail } = await start({}, { streams: { marketing: { returnPath: 'bounces@acme.test' } } });
    const draft = { to: ADA, subject: 's', text: 't' };
    await mail.send({ ...draft, stream: 'marketing', list: { unsubscribe: { mailto: 'off@acme.test' } } });
    await mail.send({ ...draft, sender: 'office@acme.test' });
    await mail.send(draft);
    expect(sink.messages.map(({ from }) => from)).toEqual([
      'bounces@acme.test',
      'office@acme.test',
      'hello@acme.test',
    ]);
  });

  it('lets content transforms of features change what was rendered, in their order', async () => {
    class Imprint extends ContentTransform {
      transform(content: RenderedContent): RenderedContent {
        return { ...content, text: `${content.text} Acme Ltd` };
      }
    }
    class Upper extends ContentTransform {
      transform(content: RenderedContent): RenderedContent {
        return { ...content, text: content.text.toUpperCase() };
      }
    }
    const { sink, mail } = await start({}, { features: [{ contentTransforms: [Imprint, Upper] }] });
    await mail.send({ to: ADA, subject: 's', text: 'Hello.' });
    expect(sink.messages[0]?.text).toContain('HELLO. ACME LTD');
  });

  it('lets the event loop turn while 1 000 mails are queued at once', async () => {
    const { sink, mail } = await start();
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        mail.queue({
          to: `user${i}@example.test`,
          subject: `Mail ${i}`,
          html: `<p>${'Lorem ipsum. '.repeat(100)}</p>`,
        }),
      ),
    );
    counting = false;
    // Without taking turns it is a handful, on any machine; how long a turn lasts is measured by the benchmark.
    expect(turns).toBeGreaterThan(200);
    await sink.waitForMessages(1000);
  });
});
