import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailDraft, MailRelayModuleOptions } from 'nestjs-mail-relay';
import { verifyDkim } from '../support/dkim-verifier.js';
import type { SinkMessage, SmtpSinkOptions } from '../support/smtp-sink.js';
import { BatteryRelay, bodyOf, DRAFT, expectSafeOnWire, headerFields, longestLine } from './battery-relay.js';
import { SECOND_MAIL, SMUGGLING_SEQUENCES, withPlainLineEnds } from './hostile-text.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function start(sinkOptions?: SmtpSinkOptions, options?: MailRelayModuleOptions): Promise<BatteryRelay> {
  const battery = await BatteryRelay.start(sinkOptions, options);
  closing.push(() => battery.close());
  return battery;
}

function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { publicKey, dkim: { domainName: 'acme.test', keySelector: 's1', privateKey: pem } };
}

/** Every place of a draft whose text comes into the body. */
const BODY_PLACES: readonly (readonly [place: string, draft: (hostile: string) => MailDraft])[] = [
  ['text', (hostile) => ({ ...DRAFT, text: hostile })],
  ['html', (hostile) => ({ ...DRAFT, html: hostile })],
  ['an attachment of text', (hostile) => ({ ...DRAFT, attachments: [{ content: hostile }] })],
  [
    'an attachment of octets',
    (hostile) => ({ ...DRAFT, attachments: [{ content: Buffer.from(hostile), contentType: 'text/plain' }] }),
  ],
  [
    'an attachment out of a stream',
    (hostile) => ({ ...DRAFT, attachments: [{ content: () => Readable.from(Array.from(hostile)) }] }),
  ],
  [
    'an alternative',
    (hostile) => ({ ...DRAFT, alternatives: [{ content: hostile, contentType: 'text/x-amp-html' }] }),
  ],
  ['the calendar part', (hostile) => ({ ...DRAFT, calendar: { content: hostile } })],
  [
    'an attached message',
    (hostile) => ({ ...DRAFT, attachments: [{ content: hostile, contentType: 'message/rfc822' }] }),
  ],
];

/** Every place of a draft whose text comes into a header. */
const HEADER_PLACES: readonly (readonly [field: string, draft: (hostile: string) => MailDraft])[] = [
  ['subject', (hostile) => ({ ...DRAFT, subject: hostile })],
  ['from', (hostile) => ({ ...DRAFT, from: { name: hostile, address: 'shop@acme.test' } })],
  ['to', (hostile) => ({ ...DRAFT, to: { name: hostile, address: 'ada@example.test' } })],
  ['headers.X-Note', (hostile) => ({ ...DRAFT, headers: { 'X-Note': hostile } })],
  [
    'attachments[0].filename',
    (hostile) => ({ ...DRAFT, attachments: [{ content: 'x', filename: hostile }] }),
  ],
  ['inReplyTo', (hostile) => ({ ...DRAFT, inReplyTo: `<a@b>${hostile}` })],
];

describe('SMTP smuggling by a composed message', () => {
  describe('A14: an end of data that servers disagree about', () => {
    it.each(BODY_PLACES)(
      'A14: in %s ends the data nowhere, at a strict and at a lenient server',
      async (_, draft) => {
        const battery = await start();
        for (const sequence of SMUGGLING_SEQUENCES.values()) {
          const hostile = `Hello${sequence}${SECOND_MAIL}Bye${sequence}`;
          if (sequence.includes('\0') && !isEncoded(draft(hostile))) {
            await battery.refuses(draft(hostile));
            continue;
          }
          const { message } = await battery.sends(draft(hostile));
          expectSafeOnWire(message);
        }
        const { sink } = battery;
        expect(sink.transactions).toHaveLength(sink.messageCount);
        expect(sink.commands.filter((line) => line.includes('evil.test'))).toEqual([]);
      },
    );

    it.each(HEADER_PLACES)('A14: in %s is refused, and nothing leaves', async (field, draft) => {
      const battery = await start();
      for (const sequence of SMUGGLING_SEQUENCES.values()) {
        await battery.refuses(draft(`Hello${sequence}${SECOND_MAIL}`), { field });
      }
      expect(battery.sink.commands).toEqual([]);
    });
  });

  it('A15: a bare CR before a dot becomes a line end, and the dot is doubled', async () => {
    const battery = await start();
    for (const text of ['Hello\r.\r\nBye', 'Hello\r.', '\r.\rBye', '.\rHello']) {
      const { message } = await battery.sends({ ...DRAFT, text });
      expectSafeOnWire(message);
      expect(withPlainLineEnds(bodyOf(message))).toBe(withPlainLineEnds(text));
      expect(message.wire.toString('latin1')).toContain('\r\n..');
    }
  });

  it('A16: a NUL before a dot is refused at intake, or encoded where content is octets', async () => {
    const battery = await start();
    for (const hostile of ['Hello\r\n\0.\r\nBye', '\0', 'Hello\0']) {
      for (const [place, draft] of BODY_PLACES) {
        if (isEncoded(draft(hostile))) {
          const { message } = await battery.sends(draft(hostile));
          expectSafeOnWire(message);
          const { attachments } = await simpleParser(message.raw);
          expect([place, attachments.map(({ content }) => content.toString().trim())]).toEqual([
            place,
            [hostile.trim()],
          ]);
        } else await battery.refuses(draft(hostile));
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['a dot', '.'],
    ['CRLF and a dot', '\r\n.'],
    ['CRLF, a dot and CRLF', '\r\n.\r\n'],
    ['two dots', '\r\n..'],
    ['empty lines', '\r\n\r\n\r\n'],
  ])('A17: a body that ends in %s has one end of data and arrives as it was', async (_, ending) => {
    const battery = await start();
    for (const text of [`Hello${ending}`, ending, `Grüße${ending}`]) {
      for (const draft of [
        { ...DRAFT, text },
        { ...DRAFT, text, html: `<p>Hello</p>${ending}` },
      ]) {
        const { message } = await battery.sends(draft);
        expectSafeOnWire(message);
        const parsed = await simpleParser(message.raw, { skipHtmlToText: true });
        expect(withPlainLineEnds(parsed.text ?? '')).toBe(withPlainLineEnds(text));
      }
    }
  });

  it('A18: lines that begin with a dot and an empty last line arrive octet by octet, and the signature holds', async () => {
    const { dkim, publicKey } = makeKey();
    const battery = await start({}, { dkim });
    for (const lines of [['.'], ['..'], ['.a'], ['...', '.', '', ''], ['', '.', ''], ['a', '.', '.']]) {
      const text = lines.join('\r\n');
      const { message } = await battery.sends({ ...DRAFT, text });
      expect(bodyOf(message)).toBe(text.endsWith('\r\n') ? text : `${text}\r\n`);
      expect(verifyDkim(message.raw, publicKey)).toMatchObject({ ok: true, reason: '' });
    }
  });

  describe('A19: octets and lines that a server need not take', () => {
    const LONG = 'x'.repeat(2_000);
    const expectSevenBit = (message: SinkMessage) => {
      expect(message.raw.some((octet) => octet > 127)).toBe(false);
      expect(longestLine(message)).toBeLessThanOrEqual(998);
    };

    it('A19: 8-bit text and long lines are encoded before they are signed, for a server without 8BITMIME', async () => {
      const { dkim, publicKey } = makeKey();
      const battery = await start({ eightBitMime: false }, { dkim });
      const text = `Grüße aus Köln\n${LONG}\n${'ü'.repeat(1_500)}\n東京`;
      const drafts: MailDraft[] = [
        { ...DRAFT, text },
        { ...DRAFT, html: `<p>${text}</p>` },
        { ...DRAFT, attachments: [{ content: Buffer.from(text, 'latin1'), filename: 'Grüße.txt' }] },
        { ...DRAFT, alternatives: [{ content: text, contentType: 'text/x-amp-html' }] },
        { ...DRAFT, calendar: { content: text } },
        { ...DRAFT, subject: 'ü'.repeat(900), to: { name: 'ü'.repeat(900), address: DRAFT.to } },
        { ...DRAFT, headers: { 'X-Note': 'ü'.repeat(3_000), 'X-Words': 'word '.repeat(1_000).trim() } },
      ];
      for (const draft of drafts) {
        const { message } = await battery.sends(draft);
        expectSevenBit(message);
        expect(verifyDkim(message.raw, publicKey)).toMatchObject({ ok: true, reason: '' });
      }
      const { message } = await battery.sends({ ...DRAFT, text });
      expect((await simpleParser(message.raw)).text?.trim()).toBe(text);
    });

    it('A19: a run without a space that no header line can hold is refused, never cut', async () => {
      const battery = await start();
      await battery.refuses({ ...DRAFT, headers: { 'X-Note': LONG } }, { field: 'headers.X-Note' });
      await battery.refuses(
        { ...DRAFT, list: { unsubscribe: { url: `https://acme.test/${LONG}` } } },
        { field: 'list.unsubscribe.url' },
      );
      const { message } = await battery.sends({ ...DRAFT, headers: { 'X-Note': 'x'.repeat(900) } });
      expect(headerFields(message)).toContainEqual(['x-note', 'x'.repeat(900)]);
      const subject = 'x'.repeat(998);
      const long = await battery.sends({ ...DRAFT, subject });
      expectSevenBit(long.message);
      expect((await simpleParser(long.message.raw)).subject).toBe(subject);
    });

    it('A19: an attached message with long lines or octets above 127 is refused, for it may not be encoded', async () => {
      const battery = await start();
      for (const content of [`Subject: x\r\n\r\n${LONG}`, 'Subject: x\r\n\r\nGrüße']) {
        await battery.refuses(
          { ...DRAFT, attachments: [{ content, contentType: 'message/rfc822' }] },
          { field: 'attachments[0].content', code: 'ERR_MAIL_RELAY_ATTACHMENT' },
        );
      }
    });

    it('A19: a UTF-8 header never goes raw to a server without 8BITMIME', async () => {
      const battery = await start({ eightBitMime: false });
      const report = await battery.relay.mail.send({ ...DRAFT, to: 'jörg@example.test' });
      expect(report.recipients).toMatchObject([
        { state: 'failed', failure: { class: 'message', permanent: true } },
      ]);
      expect(battery.sink.messageCount).toBe(0);
    });
  });
});

/** Whether the hostile text of a draft stands where octets are encoded, and not in a text of lines. */
function isEncoded({ attachments = [], alternatives = [] }: MailDraft): boolean {
  const [attachment] = attachments;
  return alternatives.length > 0 || (attachment !== undefined && attachment.contentType !== 'message/rfc822');
}
