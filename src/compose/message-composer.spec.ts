import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, it } from 'vitest';
import type { Mailbox } from '../core/address/mailbox.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { ComposeRequest } from './compose-request.js';
import { composeMessage } from './message-composer.js';
import type { AttachmentPart, MessageParts } from './reading/message-parts.js';

const LIMITS = { maxMessageBytes: 1024 * 1024 };
const NO_PARTS: MessageParts = { attachments: [], alternatives: [] };

const ADA: Mailbox = { name: 'Ada', address: 'ada@acme.test' };

function requestWith(fields: Partial<ComposeRequest>): ComposeRequest {
  return {
    messageId: '<01hqx@acme.test>',
    date: new Date(Date.UTC(2026, 7, 1, 9, 30)),
    from: { name: 'Acme', address: 'hello@acme.test' },
    to: [ADA],
    cc: [],
    replyTo: [],
    subject: 'Hello',
    text: 'Hello Ada',
    ...fields,
  };
}

function compose(fields: Partial<ComposeRequest>, parts: Partial<MessageParts> = {}): string {
  return composeMessage(requestWith(fields), { ...NO_PARTS, ...parts }, LIMITS).toString('latin1');
}

function parse(fields: Partial<ComposeRequest>, parts: Partial<MessageParts> = {}): Promise<ParsedMail> {
  const message = composeMessage(requestWith(fields), { ...NO_PARTS, ...parts }, LIMITS);
  return simpleParser(message, { keepCidLinks: true });
}

function refusalOf(fields: Partial<ComposeRequest>): MailRelayError {
  try {
    compose(fields);
  } catch (error) {
    if (MailRelayError.is(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

function attachment(fields: Partial<AttachmentPart>): AttachmentPart {
  return {
    filename: 'a.bin',
    contentType: 'application/octet-stream',
    content: Buffer.from('x'),
    disposition: 'attachment',
    ...fields,
  };
}

/** The types of the parts, in their order, nested as they are. */
function structureOf(message: string): string {
  return Array.from(message.matchAll(/^Content-Type: ([\w/-]+)|^--\S+-Part_\d+--$/gm), ([, type]) =>
    type === undefined ? ')' : type.startsWith('multipart/') ? `${type.slice(10)}(` : `${type} `,
  ).join('');
}

function unfold(message: string): readonly string[] {
  return message
    .slice(0, message.indexOf('\r\n\r\n'))
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n');
}

/** Rows of a title and the value, short enough to be read. */
function titled(values: readonly string[]): readonly (readonly [title: string, value: string])[] {
  return values.map((value) => [
    value.length > 60 ? `${value.slice(0, 40)}… (${value.length})` : value,
    value,
  ]);
}

function normalised(text: string | undefined): string {
  return (text ?? '').replace(/\r\n?/g, '\n').replace(/\n+$/, '');
}

describe('composeMessage', () => {
  it('writes a plain message', () => {
    expect(compose({})).toBe(
      [
        'From: Acme <hello@acme.test>',
        'To: Ada <ada@acme.test>',
        'Subject: Hello',
        'Message-ID: <01hqx@acme.test>',
        'Date: Sat, 01 Aug 2026 09:30:00 +0000',
        'MIME-Version: 1.0',
        'Content-Transfer-Encoding: 7bit',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Hello Ada',
        '',
      ].join('\r\n'),
    );
  });

  it('writes every header it knows, in one place', () => {
    const header = unfold(
      compose({
        sender: { address: 'desk@acme.test' },
        replyTo: [{ address: 'help@acme.test' }],
        cc: [{ address: 'eve@acme.test' }, ADA],
        inReplyTo: '<a@b>',
        references: ['<c@d>', '<a@b>'],
        importance: 'high',
        list: {
          id: 'news.acme.test',
          unsubscribe: { url: 'https://acme.test/u?t=1', mailto: 'leave+a=1@acme.test', oneClick: true },
        },
        headers: { 'X-One': 'first', 'X-Many': ['a', 'b'] },
      }),
    );
    expect(header.slice(0, -3)).toEqual([
      'From: Acme <hello@acme.test>',
      'Sender: desk@acme.test',
      'Reply-To: help@acme.test',
      'To: Ada <ada@acme.test>',
      'Cc: eve@acme.test, Ada <ada@acme.test>',
      'Subject: Hello',
      'Message-ID: <01hqx@acme.test>',
      'Date: Sat, 01 Aug 2026 09:30:00 +0000',
      'In-Reply-To: <a@b>',
      'References: <c@d> <a@b>',
      'List-Id: <news.acme.test>',
      'List-Unsubscribe: <https://acme.test/u?t=1>, <mailto:leave+a%3D1@acme.test>',
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      'Importance: high',
      'X-Priority: 1 (Highest)',
      'X-One: first',
      'X-Many: a',
      'X-Many: b',
    ]);
  });

  it.each([
    ['high', ['Importance: high', 'X-Priority: 1 (Highest)']],
    ['normal', ['Importance: normal']],
    ['low', ['Importance: low', 'X-Priority: 5 (Lowest)']],
  ] as const)('writes %s importance', (importance, expected) => {
    expect(unfold(compose({ importance })).filter((line) => /importance|priority/i.test(line))).toEqual(
      expected,
    );
  });

  it('writes a mailto URL as it is', () => {
    const mailto = 'mailto:leave@acme.test?subject=unsubscribe%20me';
    expect(unfold(compose({ list: { unsubscribe: { mailto } } }))).toContain(`List-Unsubscribe: <${mailto}>`);
  });

  it('names neither the program nor a Bcc', () => {
    const request = { ...requestWith({}), bcc: [{ address: 'hidden@acme.test' }] };
    const message = composeMessage(request, NO_PARTS, LIMITS).toString();
    expect(message).not.toMatch(/bcc|hidden|x-mailer|nodemailer|NmP/i);
  });

  it('writes no To for a mail that has hidden recipients only', () => {
    expect(unfold(compose({ to: [] })).some((line) => line.startsWith('To:'))).toBe(false);
  });

  describe('structure', () => {
    const file = attachment({});
    const image = attachment({ contentType: 'image/png', cid: 'logo', disposition: 'inline' });
    const amp = { contentType: 'text/x-amp-html', content: Buffer.from('<html amp4email>') };
    const calendar = { content: 'BEGIN:VCALENDAR' };

    it.each<[string, Partial<ComposeRequest>, Partial<MessageParts>, string]>([
      ['text', {}, {}, 'text/plain '],
      ['html', { text: undefined, html: '<p>' }, {}, 'text/html '],
      ['nothing', { text: '' }, {}, 'text/plain '],
      ['both', { html: '<p>' }, {}, 'alternative(text/plain text/html )'],
      ['a file', {}, { attachments: [file] }, 'mixed(text/plain application/octet-stream )'],
      ['a file alone', { text: '' }, { attachments: [file] }, 'mixed(text/plain application/octet-stream )'],
      [
        'html with an image',
        { text: undefined, html: '<p>' },
        { attachments: [image] },
        'related(text/html image/png )',
      ],
      ['an image without html', {}, { attachments: [image] }, 'mixed(text/plain image/png )'],
      [
        'everything',
        { html: '<p>', calendar },
        { attachments: [file, image], alternatives: [amp] },
        'mixed(alternative(text/plain text/x-amp-html related(text/html image/png )text/calendar )' +
          'application/octet-stream application/ics )',
      ],
    ])('of %s', (_, fields, parts, structure) => {
      expect(structureOf(compose(fields, parts))).toBe(structure);
    });
  });

  it('can be read back by another parser', async () => {
    const octets = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256));
    const mail = await parse(
      {
        from: { name: 'Ämter & Söhne', address: 'hello@acme.test' },
        to: [
          { name: 'Łukasz "Luke" Ñandú', address: 'luke@acme.test' },
          { name: '山田太郎', address: 'yamada@acme.test' },
        ],
        subject: 'Grüße 🎉 aus Köln, 東京 und '.repeat(8).trim(),
        html: '<p>Grüße <img src="cid:logo@acme"></p>',
        text: 'Grüße',
        calendar: { content: 'BEGIN:VCALENDAR\nEND:VCALENDAR\n', method: 'REQUEST' },
      },
      {
        attachments: [
          attachment({
            filename: 'Rechnung "März" 2026 – Größe.pdf',
            contentType: 'application/pdf',
            content: octets,
          }),
          attachment({
            filename: 'logo.png',
            contentType: 'image/png',
            cid: 'logo@acme',
            disposition: 'inline',
          }),
          attachment({ filename: 'empty.txt', contentType: 'text/plain', content: Buffer.alloc(0) }),
          attachment({
            filename: 'lines.csv',
            contentType: 'text/csv',
            content: Buffer.from('a\nb\rc\r\n\0'),
          }),
        ],
      },
    );
    expect(mail.subject).toBe('Grüße 🎉 aus Köln, 東京 und '.repeat(8).trim());
    expect(mail.from?.value).toEqual([{ name: 'Ämter & Söhne', address: 'hello@acme.test' }]);
    expect(mail.to).toMatchObject({
      value: [
        { name: 'Łukasz "Luke" Ñandú', address: 'luke@acme.test' },
        { name: '山田太郎', address: 'yamada@acme.test' },
      ],
    });
    expect(normalised(mail.text)).toBe('Grüße');
    expect(mail.html).toContain('<p>Grüße <img src="cid:logo@acme"></p>');
    const attached = mail.attachments.map((one) => [
      one.filename,
      one.contentType,
      one.contentDisposition,
      one.cid,
    ]);
    expect(attached).toEqual([
      ['logo.png', 'image/png', 'inline', 'logo@acme'],
      [undefined, 'text/calendar', undefined, undefined],
      ['Rechnung "März" 2026 – Größe.pdf', 'application/pdf', 'attachment', undefined],
      ['empty.txt', 'text/plain', 'attachment', undefined],
      ['lines.csv', 'text/csv', 'attachment', undefined],
      ['invite.ics', 'application/ics', 'attachment', undefined],
    ]);
    const contents = mail.attachments.map(({ content }) => content);
    expect(contents[1]?.toString()).toBe('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n');
    expect(contents[2]?.equals(octets)).toBe(true);
    expect(contents[3]).toHaveLength(0);
    expect(contents[4]).toEqual(Buffer.from('a\nb\rc\r\n\0'));
    expect(contents[5]?.toString()).toBe('BEGIN:VCALENDAR\nEND:VCALENDAR\n');
  });

  it('writes a message part as it is', async () => {
    const inner = 'Subject: inner\r\n\r\n.\r\nFrom the inside\r\n';
    const message = compose(
      {},
      {
        attachments: [
          attachment({ filename: 'a.eml', contentType: 'message/rfc822', content: Buffer.from(inner) }),
        ],
      },
    );
    expect(message).toContain(inner);
    expect(message).toContain(
      'Content-Transfer-Encoding: 7bit\r\nContent-Disposition: attachment; filename=a.eml',
    );
  });

  describe('bodies', () => {
    it.each([
      ['short lines', 'one\ntwo\nthree'],
      ['CRLF line ends', 'one\r\ntwo\r\n\r\nthree'],
      ['CR line ends', 'one\rtwo\r\rthree'],
      ['mixed line ends', 'one\rtwo\nthree\r\nfour\n\rfive'],
      ['a long line', 'x'.repeat(10_000)],
      ['a long line beyond ASCII', 'ü'.repeat(10_000)],
      ['a long line with words', 'word '.repeat(2000).trim()],
      ['10 000 astral characters', '🎉'.repeat(10_000)],
      ['lines of dots', '.\n..\n.a\n\n.\nend'],
      ['From lines', 'x\nFrom ada\n>From ada'],
      ['a smuggled end of data', 'a\n.\r\nb\r\n.\nc\r.\rd\n.\ne\r\n.\r\r\nf'],
      ['a boundary look-alike', '--=_mail-x-Part_1\n--=_mail-x-Part_1--'],
      ['blanks at line ends', 'a \nb\t\nc'],
      ['soft breaks look-alikes', 'a=\nb=20c==3D'],
      ['a BOM and separators', 'a\u2028b\u2029c\u0085d\u00a0e'],
      ['control characters', 'a\x01\x1b[2J\x7fb'],
      ['a dot at the end', 'a\n.'],
      ['a dot and CRLF at the end', 'a\r\n.\r\n'],
      ['a CR at the end', 'a\r'],
      ['an LF at the end', 'a\n'],
      ['a dot alone', '.'],
    ])('come back equal with %s', async (_, body) => {
      const { text } = await parse({ text: body });
      expect(normalised(text)).toBe(normalised(body));
      const both = await parse({ text: body, html: body });
      expect(normalised(both.text)).toBe(normalised(body));
      expect(normalised(both.html === false ? '' : both.html)).toBe(normalised(body));
    });

    it('turn an unpaired surrogate into U+FFFD', async () => {
      const { text } = await parse({ text: 'a\uD800b\uDC00c 🎉' });
      expect(normalised(text)).toBe('a\uFFFDb\uFFFDc 🎉');
    });

    it.each([['text'], ['html']] as const)('refuse a NUL in %s', (field) => {
      expect(refusalOf({ [field]: 'a\0.\r\n' })).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field });
    });

    it('are 7-bit whatever they hold', () => {
      const message = compose(
        { text: 'ü', html: '🎉'.repeat(500), calendar: { content: 'SUMMARY:ü' } },
        { alternatives: [{ contentType: 'text/x-amp-html', content: Buffer.from('ä') }] },
      );
      expect(Array.from(message).every((octet) => octet < '\x80')).toBe(true);
    });

    it('declare UTF-8 for an alternative that declares nothing', () => {
      const alternative = { contentType: 'text/x-amp-html', content: Buffer.from('ä') };
      expect(compose({}, { alternatives: [alternative] })).toContain('text/x-amp-html; charset=utf-8');
    });

    it('leave the octets of an alternative in another charset alone', async () => {
      const alternative = {
        contentType: 'text/x-other; charset=iso-8859-1',
        content: Buffer.from([0xe4, 0x0a]),
      };
      const message = compose({}, { alternatives: [alternative] });
      expect(message).toContain('text/x-other; charset=iso-8859-1');
      expect(message).toContain(alternative.content.toString('base64'));
    });
  });

  describe('subject', () => {
    it.each(
      titled([
        'Hello, "world" \\ <x@y.z>',
        'Grüße',
        ' leading and trailing ',
        `a${' '.repeat(300)}b`,
        '=?utf-8?Q?=0D=0ABcc:_eve@evil.test?=',
        '=?utf-8?B?aGVsbG8=?= literally',
        '%0d%0aBcc: eve =0D=0A +0D+0A',
        'x'.repeat(2000),
        '🎉'.repeat(300),
        'a@b.c',
      ]),
    )('arrives as %j', async (_, subject) => {
      expect((await parse({ subject })).subject).toBe(subject);
    });

    it('is left out when it is empty', () => {
      expect(compose({ subject: '' })).not.toContain('Subject');
    });

    it.each(['\r', '\n', '\r\n', '\0', '\t', '\x7f', '\u0085', '\u2028', '\u2029', '\uD800', '\uDC00'])(
      'is refused with %j',
      (character) => {
        expect(refusalOf({ subject: `Hello${character}Bcc: eve@evil.test` })).toMatchObject({
          code: 'ERR_MAIL_RELAY_DRAFT',
          field: 'subject',
        });
      },
    );
  });

  describe('addresses', () => {
    it.each(
      titled([
        'a@b.c',
        '"x" <y@z.w>',
        'x, y',
        'x; y: z',
        'O\'Brien \\ "quoted"',
        '\\',
        '"',
        '(comment)',
        '<eve@evil.test>',
        'Jörg <eve@evil.test>',
        '=?utf-8?Q?eve=40evil.test?=',
        '=?utf-8?Q?=0D=0ABcc:_eve?=',
        'undisclosed:;',
        'x'.repeat(300),
        'x'.repeat(1000),
        'ü'.repeat(300),
        'x '.repeat(150).trim(),
        `a${' '.repeat(200)}b`,
        'Dr. A. B. C-D',
      ]),
    )('keep the name %j a name', async (_, name) => {
      const mail = await parse({
        from: { name, address: 'hello@acme.test' },
        to: [{ name, address: 'ada@acme.test' }, ADA],
      });
      expect(mail.from?.value).toEqual([{ name, address: 'hello@acme.test' }]);
      expect(mail.to).toMatchObject({
        value: [
          { name, address: 'ada@acme.test' },
          { name: 'Ada', address: 'ada@acme.test' },
        ],
      });
    });

    it.each(['\r\nBcc: eve@evil.test', '\0', '\t', '\u0085', '\u2028', '\uD800'])(
      'are refused with %j in a name',
      (text) => {
        expect(refusalOf({ from: { name: `Ada${text}`, address: 'ada@acme.test' } }).field).toBe('from');
        expect(refusalOf({ cc: [{ name: `Ada${text}`, address: 'ada@acme.test' }] }).field).toBe('cc');
      },
    );

    it.each(['ada', 'a@b@c', 'a b@c', '<a@b>', 'a@b, c@d', '"a"@b', 'a@b\r\nBcc: c@d', 'a@[127.0.0.1]', ''])(
      'are refused when the address is %j',
      (address) => {
        const error = refusalOf({ to: [{ address }] });
        expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_ADDRESS', field: 'to' });
        if (address !== '') expect(error.message).not.toContain(address);
      },
    );

    it('keep the A-label they were given, also beside a UTF-8 local part', () => {
      const to = [{ address: 'ada@xn--bcher-kva.example' }, { address: 'jürgen@xn--bcher-kva.example' }];
      const message = composeMessage(requestWith({ to }), NO_PARTS, LIMITS).toString();
      expect(message).toContain('To: ada@xn--bcher-kva.example, jürgen@xn--bcher-kva.example\r\n');
    });

    it('fold a long list without touching it', async () => {
      const to = Array.from({ length: 500 }, (_, i) => ({ name: `Name, ${i}`, address: `a${i}@acme.test` }));
      expect((await parse({ to })).to).toMatchObject({ value: to });
    });
  });

  describe('custom headers', () => {
    it.each(
      titled([
        '{"category": ["a, b"], "x": "=?utf-8?Q?x?="}',
        `{"args": "${'word '.repeat(100)}"}`,
        '"quoted" <ada@acme.test>',
      ]),
    )('keep ASCII as it is: %j', (_, value) => {
      expect(unfold(compose({ headers: { 'X-SMTPAPI': value } }))).toContain(`X-SMTPAPI: ${value}`);
    });

    it('encode other text', () => {
      expect(unfold(compose({ headers: { 'X-Name': 'Grüße' } }))).toContain(
        'X-Name: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
      );
    });

    it('keep the names of an object’s own members', () => {
      const headers = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}') as Record<
        string,
        string
      >;
      expect(unfold(compose({ headers }))).toEqual(
        expect.arrayContaining(['__proto__: a', 'constructor: b', 'toString: c']),
      );
    });
  });

  it('refuses a message over the limit before and after encoding', () => {
    const limits = { maxMessageBytes: 1000 };
    for (const text of ['x'.repeat(1001), 'ü'.repeat(900)]) {
      expect(() => composeMessage(requestWith({ text }), NO_PARTS, limits)).toThrow(
        expect.objectContaining({ code: 'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE' }),
      );
    }
  });

  it('refuses UTF-8 in the header where no address needs it', () => {
    const headers = { 'X-Ü': 'a name that no check has seen' };
    expect(refusalOf({ headers }).field).toBe('message');
    expect(() => compose({ headers, to: [{ address: 'jürgen@acme.test' }] })).not.toThrow();
  });

  it('does not change what it is given', () => {
    const request = requestWith({ headers: { 'X-A': ['b'] }, list: { id: 'a.b' }, html: '<p>' });
    const before = JSON.stringify(request);
    const parts = { attachments: [attachment({})], alternatives: [] };
    composeMessage(request, parts, LIMITS);
    expect(JSON.stringify(request)).toBe(before);
    expect(parts.attachments).toEqual([attachment({})]);
  });

  it('has a boundary that cannot be guessed', () => {
    const boundaryOf = (): string | undefined => /boundary="(.*)"/.exec(compose({ html: '<p>' }))?.[1];
    expect(boundaryOf()).toMatch(/^=_mail-.{36}-Part_1$/);
    expect(boundaryOf()).not.toBe(boundaryOf());
  });
});
