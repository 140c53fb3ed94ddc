import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  capture,
  log,
  MailRelayError,
  MailService,
  smtp,
  type MailDraft,
  type MailRelayModuleOptions,
} from 'nestjs-mail-relay';
import { RelayApp } from '../support/relay-app.js';
import { reply, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { TemplateFolder } from '../support/template-folder.js';
import {
  BatteryRelay,
  bootErrorOf,
  DRAFT,
  expectSafeOnWire,
  headerFields,
  headerNames,
} from './battery-relay.js';
import { BREAKS, CONTROL_CHARACTER, ENCODED_BREAKS, INJECTIONS } from './hostile-text.js';

/** A draft with a hostile text in one field. */
type Place = readonly [field: string, draft: (hostile: string) => unknown];

const PLAIN_HEADERS = [
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];

let battery: BatteryRelay;
beforeAll(async () => {
  battery = await BatteryRelay.start();
});
afterEach(() => battery.expectCleanLog());
afterAll(() => battery.close());

/** A relay of its own, for what the shared one is not made for. */
async function withRelay(
  work: (own: BatteryRelay) => Promise<void>,
  options: MailRelayModuleOptions = {},
  sinkOptions: SmtpSinkOptions = {},
): Promise<void> {
  const own = await BatteryRelay.start(sinkOptions, options);
  try {
    await work(own);
  } finally {
    await own.close();
  }
}

/** Each break alone, before an injection, and at both ends of the text. */
function hostileTexts(): readonly string[] {
  return Array.from(BREAKS.values(), (br, i) => [
    `a${br}b`,
    `a${br}${INJECTIONS[i % INJECTIONS.length]}`,
    `${br}ab`,
    `ab${br}`,
  ]).flat();
}

async function expectAllRefused([field, draft]: Place, relay = battery): Promise<void> {
  for (const hostile of hostileTexts()) await relay.refuses(draft(hostile), { field });
}

/** Either refused, naming the field, or sent with nothing added: no header, no recipient, no command. */
async function expectRefusedOrLiteral([field, draft]: Place, extraHeaders: readonly string[] = []) {
  for (const hostile of ENCODED_BREAKS) {
    const given = draft(hostile) as MailDraft;
    let accepted = true;
    try {
      const { message } = await battery.sends(given);
      expectSafeOnWire(message);
      expect(message.to).toEqual([DRAFT.to]);
      const names = headerNames(message).filter((name) => !PLAIN_HEADERS.includes(name));
      expect(names).toEqual(extraHeaders);
    } catch (error) {
      if (!MailRelayError.is(error)) throw error;
      accepted = false;
    }
    if (!accepted) await battery.refuses(given, { field });
  }
  expect(battery.sink.commands.filter((line) => line.includes('evil.test'))).toEqual([]);
}

function smtpErrorOf(options: Parameters<typeof smtp>[0]): MailRelayError {
  try {
    smtp(options);
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error;
    throw error;
  }
  throw new Error('the options were taken');
}

const mailbox = (name: string) => ({ name, address: DRAFT.to });

describe('Injection', () => {
  describe('B1: subject and display names', () => {
    const places: readonly Place[] = [
      ['subject', (hostile) => ({ ...DRAFT, subject: hostile })],
      ['from', (hostile) => ({ ...DRAFT, from: { name: hostile, address: 'shop@acme.test' } })],
      ['from', (hostile) => ({ ...DRAFT, from: `${hostile} <shop@acme.test>` })],
      ['sender', (hostile) => ({ ...DRAFT, sender: { name: hostile, address: 'shop@acme.test' } })],
      ['to', (hostile) => ({ ...DRAFT, to: mailbox(hostile) })],
      ['to', (hostile) => ({ ...DRAFT, to: `"${hostile}" <${DRAFT.to}>` })],
      ['to[1]', (hostile) => ({ ...DRAFT, to: [DRAFT.to, mailbox(hostile)] })],
      ['cc', (hostile) => ({ ...DRAFT, cc: mailbox(hostile) })],
      ['bcc', (hostile) => ({ ...DRAFT, bcc: mailbox(hostile) })],
      ['replyTo', (hostile) => ({ ...DRAFT, replyTo: [mailbox(hostile)] })],
    ];
    it.each(places)('B1: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it('B1: a group and its name are refused', async () => {
      for (const group of [
        'friends: ada@example.test;',
        'friends\r\n: ada@example.test;',
        'a\n:;',
        'undisclosed-recipients:;',
      ]) {
        await battery.refuses({ ...DRAFT, to: group }, { field: 'to', code: 'ERR_MAIL_RELAY_ADDRESS' });
      }
    });

    it.each(places.filter(([field]) => field === 'subject' || field === 'from' || field === 'to'))(
      'B1: an encoded line break in %s (%#) is refused or arrives as it is',
      async (...place) => {
        await expectRefusedOrLiteral(place);
      },
    );
  });

  describe('B2: attachment fields', () => {
    const attached = (fields: object) => ({ ...DRAFT, attachments: [{ content: 'x', ...fields }] });
    const places: readonly Place[] = [
      ['attachments[0].filename', (hostile) => attached({ filename: hostile })],
      ['attachments[0].contentType', (hostile) => attached({ contentType: hostile })],
      ['attachments[0].contentType', (hostile) => attached({ contentType: `text/csv; a="${hostile}"` })],
      ['attachments[0].cid', (hostile) => attached({ cid: hostile })],
      ['attachments[0].disposition', (hostile) => attached({ disposition: hostile })],
      ['attachments[0].encoding', (hostile) => attached({ encoding: hostile })],
      [
        'alternatives[0].contentType',
        (hostile) => ({ ...DRAFT, alternatives: [{ content: 'x', contentType: hostile }] }),
      ],
      ['calendar.filename', (hostile) => ({ ...DRAFT, calendar: { content: 'x', filename: hostile } })],
      ['calendar.method', (hostile) => ({ ...DRAFT, calendar: { content: 'x', method: hostile } })],
    ];
    it.each(places)('B2: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it.each(places)(
      'B2: an encoded line break in %s (%#) is refused or arrives as it is',
      async (...place) => {
        await expectRefusedOrLiteral(place);
      },
    );

    it('B2: a file name arrives as it was given, whatever signs are in it', async () => {
      for (const filename of [
        `a"b;c=d'e.txt`,
        '%0d%0a.txt',
        "utf-8''x.txt",
        '=?utf-8?Q?x?=.txt',
        'ü 東京.pdf',
      ]) {
        const { message } = await battery.sends(attached({ filename }));
        const { attachments } = await simpleParser(message.raw);
        expect(attachments.map((one) => one.filename)).toEqual([filename]);
      }
    });
  });

  describe('B3: address strings and address objects', () => {
    const fields = ['to', 'cc', 'bcc', 'from', 'sender', 'replyTo'] as const;
    it.each(fields)(
      'B3: a control character in an address of %s is refused, naming the field',
      async (field) => {
        for (const hostile of hostileTexts()) {
          for (const address of [
            `${hostile}@example.test`,
            `ada@${hostile}.test`,
            `ada@example.test${hostile}`,
          ]) {
            await battery.refuses({ ...DRAFT, [field]: address }, { field });
            await battery.refuses({ ...DRAFT, [field]: { address } }, { field });
            await battery.refuses({ ...DRAFT, [field]: { name: 'Ada', address } }, { field });
            await battery.refuses({ ...DRAFT, [field]: `Ada <${address}>` }, { field });
          }
        }
      },
    );

    it('B3: an address object is never more than its address (CVE-2021-23400)', async () => {
      for (const address of [
        'Ada <ada@example.test>',
        'ada@example.test>, <eve@evil.test',
        'ada@example.test\r\nBcc: eve@evil.test',
        '<ada@example.test>',
        'ada@example.test eve@evil.test',
      ]) {
        await battery.refuses({ ...DRAFT, to: { name: 'Ada', address } }, { field: 'to' });
      }
    });
  });

  describe('B4: names of headers', () => {
    it('B4: a control character in a name is refused', async () => {
      await expectAllRefused(['headers', (hostile) => ({ ...DRAFT, headers: { [`X-${hostile}`]: 'x' } })]);
    });

    it.each([
      ['is empty', ''],
      ['holds a colon', 'X-A: b'],
      ['ends in a colon', 'X-A:'],
      ['holds a space', 'X A'],
      ['begins with a space', ' X-A'],
      ['is a space', ' '],
      ['holds a letter beyond ASCII', 'X-Grüße'],
      ['has 77 characters', 'X'.repeat(77)],
      ['has 1 000 characters', 'X'.repeat(1_000)],
      ['is an encoded line break', '=?utf-8?Q?=0D=0A?=: x'],
    ])('B4: a name that %s is refused', async (_, name) => {
      await battery.refuses({ ...DRAFT, headers: { [name]: 'x' } }, { field: 'headers' });
    });

    it('B4: the longest name passes', async () => {
      const name = `X-${'a'.repeat(74)}`;
      const { message } = await battery.sends({ ...DRAFT, headers: { [name]: 'x' } });
      expect(headerFields(message)).toContainEqual([name.toLowerCase(), 'x']);
      expectSafeOnWire(message);
    });
  });

  describe('B5: values of headers', () => {
    const places: readonly Place[] = [
      ['headers.X-Note', (hostile) => ({ ...DRAFT, headers: { 'X-Note': hostile } })],
      ['headers.X-Note', (hostile) => ({ ...DRAFT, headers: { 'X-Note': ['fine', hostile] } })],
      [
        'headers.X-Note',
        (hostile) => ({ ...DRAFT, headers: { 'X-Note': `${'long '.repeat(30)}${hostile}` } }),
      ],
      ['headers.X-Note', (hostile) => ({ ...DRAFT, headers: { 'X-Note': `Grüße ${hostile}` } })],
    ];
    it.each(places)('B5: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it('B5: folding that the caller did is refused, and ours unfolds to what was given', async () => {
      for (const folded of ['a\r\n b', 'a\r\n\tb', 'a\n b', 'a\r\n \r\n b']) {
        await battery.refuses({ ...DRAFT, headers: { 'X-Note': folded } }, { field: 'headers.X-Note' });
      }
      const value = 'one  two   three '.repeat(40).trim();
      const { message } = await battery.sends({ ...DRAFT, headers: { 'X-Note': value } });
      expect(headerFields(message)).toContainEqual(['x-note', value]);
      expectSafeOnWire(message);
    });

    it('B5: an encoded line break in a value arrives as it is', async () => {
      for (const value of ENCODED_BREAKS) {
        const { message } = await battery.sends({ ...DRAFT, headers: { 'X-Note': value } });
        expect(headerFields(message)).toContainEqual(['x-note', value]);
      }
    });
  });

  describe('B6: Message-ID, References and In-Reply-To', () => {
    const places: readonly Place[] = [
      ['inReplyTo', (hostile) => ({ ...DRAFT, inReplyTo: `<a${hostile}@b.test>` })],
      ['inReplyTo', (hostile) => ({ ...DRAFT, inReplyTo: `<a@b.test>${hostile}` })],
      ['references', (hostile) => ({ ...DRAFT, references: `<a@b.test> <a${hostile}@b.test>` })],
      ['references', (hostile) => ({ ...DRAFT, references: ['<a@b.test>', `<a@b.test>${hostile}`] })],
      ['messageId', (hostile) => ({ ...DRAFT, messageId: `<a${hostile}@b.test>` })],
      ['headers.Message-ID', (hostile) => ({ ...DRAFT, headers: { 'Message-ID': `<a${hostile}@b>` } })],
    ];
    it.each(places)('B6: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it.each(places.slice(0, 4))(
      'B6: an encoded line break in %s (%#) is refused or arrives as it is',
      async (...place) => {
        await expectRefusedOrLiteral(place, [place[0] === 'inReplyTo' ? 'in-reply-to' : 'references']);
      },
    );

    it('B6: the Message-ID is ours alone', async () => {
      await battery.refuses({ ...DRAFT, messageId: '<mine@acme.test>' }, { field: 'messageId' });
      const { report, message } = await battery.sends(DRAFT);
      expect(report.messageId).toMatch(/^<[0-9a-z]{26}@acme\.test>$/);
      expect(message.header('Message-ID')).toBe(report.messageId);
    });
  });

  describe('B7: List-* values', () => {
    const listed = (list: object) => ({ ...DRAFT, list });
    const places: readonly Place[] = [
      ['list.id', (hostile) => listed({ id: `news${hostile}.acme.test` })],
      ['list.unsubscribe.url', (hostile) => listed({ unsubscribe: { url: `https://acme.test/${hostile}` } })],
      ['list.unsubscribe.url', (hostile) => listed({ unsubscribe: { url: `${hostile}https://acme.test/` } })],
      ['list.unsubscribe.mailto', (hostile) => listed({ unsubscribe: { mailto: `u${hostile}@acme.test` } })],
      [
        'list.unsubscribe.mailto',
        (hostile) => listed({ unsubscribe: { mailto: `mailto:u@acme.test?subject=${hostile}` } }),
      ],
      [
        'headers.List-Help',
        (hostile) => ({ ...DRAFT, headers: { 'List-Help': `<https://a.test> (${hostile})` } }),
      ],
    ];
    it.each(places)('B7: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it.each([
      ['a comment', { unsubscribe: { url: 'https://acme.test/ (comment)' } }],
      ['a second URL', { unsubscribe: { url: 'https://acme.test/>, <https://evil.test/' } }],
      ['a script', { unsubscribe: { url: 'javascript:alert(1)//https://' } }],
      [
        'an encoded line break in mailto',
        { unsubscribe: { mailto: 'mailto:a@b.test?subject=x%0d%0aBcc:e@evil.test' } },
      ],
      ['an encoded NUL in mailto', { unsubscribe: { mailto: 'mailto:a@b.test?subject=%00' } }],
      ['an id with a bracket', { id: 'news.acme.test>, <evil.test' }],
      ['an id with a comment', { id: 'news (x).acme.test' }],
      ['oneClick that is no boolean', { unsubscribe: { url: 'https://a.test/', oneClick: '\r\nX: y' } }],
    ])('B7: %s is refused', async (_, list) => {
      await battery.refuses(listed(list), { field: 'list' });
    });
  });

  describe('B9: the EHLO name', () => {
    it('B9: a control character, a space or a second command in it is an options error', async () => {
      for (const hostile of [
        ...hostileTexts(),
        'a b',
        'a.test RSET',
        '[127.0.0.1]\r\nRSET',
        'a_b.test',
        '',
      ]) {
        const error = smtpErrorOf({ ehloName: hostile });
        expect(error).toMatchObject({ field: 'ehloName' });
        expect(error.message).not.toMatch(CONTROL_CHARACTER);
      }
    });

    it('B9: a legal name is one EHLO line', async () => {
      await withRelay(async (own) => {
        const transport = smtp({ url: own.sink.url, ehloName: 'mail.acme.test' });
        const relay = await RelayApp.start({ transport });
        await relay.mail.send(DRAFT);
        await relay.close();
        expect(own.sink.commands[0]).toBe('EHLO mail.acme.test');
      });
    });
  });

  it('B10: numbers are numbers: a string with a command in it is refused wherever a number is meant', async () => {
    const hostile = '25\r\nRSET';
    await battery.refuses({ ...DRAFT, expiresIn: hostile }, { field: 'expiresIn' });
    await battery.refuses({ ...DRAFT, envelope: { size: hostile } }, { field: 'envelope' });
    await battery.refuses({ ...DRAFT, size: hostile }, { field: 'size' });
    for (const option of ['port', 'maxConnections', 'maxMessagesPerConnection', 'replyTimeoutMs']) {
      const error = smtpErrorOf({ [option]: hostile });
      expect(error.field).toBe(option);
    }
  });

  describe('B12: tags, metadata, tenant and idempotency key', () => {
    const places: readonly Place[] = [
      ['tags[0]', (hostile) => ({ ...DRAFT, tags: [hostile] })],
      ['metadata', (hostile) => ({ ...DRAFT, metadata: { order: hostile } })],
      ['metadata', (hostile) => ({ ...DRAFT, metadata: { [hostile]: 'x' } })],
      ['tenant', (hostile) => ({ ...DRAFT, tenant: hostile })],
      ['idempotencyKey', (hostile) => ({ ...DRAFT, idempotencyKey: hostile })],
      ['stream', (hostile) => ({ ...DRAFT, stream: hostile })],
      ['locale', (hostile) => ({ ...DRAFT, locale: hostile })],
      ['sendAt', (hostile) => ({ ...DRAFT, sendAt: hostile })],
      ['sendAt', (hostile) => ({ ...DRAFT, sendAt: { local: '2027-01-01T09:00', timeZone: hostile } })],
      ['expiresIn', (hostile) => ({ ...DRAFT, expiresIn: hostile })],
      ['importance', (hostile) => ({ ...DRAFT, importance: hostile })],
    ];
    it.each(places)('B12: a control character in %s (%#) is refused, naming the field', async (...place) => {
      await expectAllRefused(place);
    });

    it.each<[string, string, object]>([
      ['65 characters of a tag', 'tags', { tags: ['x'.repeat(65)] }],
      ['an empty tag', 'tags', { tags: [''] }],
      ['21 tags', 'tags', { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }],
      [
        '51 entries of metadata',
        'metadata',
        { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
      ],
      ['4 KiB of metadata', 'metadata', { metadata: { k: 'x'.repeat(4096) } }],
      ['metadata that is no text', 'metadata', { metadata: { k: 1 } }],
      ['129 characters of a tenant', 'tenant', { tenant: 'x'.repeat(129) }],
      ['256 characters of a key', 'idempotencyKey', { idempotencyKey: 'x'.repeat(256) }],
      ['an empty key', 'idempotencyKey', { idempotencyKey: '' }],
    ])('B12: %s are over the cap and refused', async (_, field, fields) => {
      await battery.refuses({ ...DRAFT, ...fields }, { field });
    });

    it('B12: labels at their caps come back with every event, and stand nowhere in the message', async () => {
      const labels = {
        tags: Array.from({ length: 20 }, (_, i) => `tag${i}`.padEnd(64, 'x')),
        metadata: { order: '%0d%0aBcc: x', long: 'm'.repeat(4000) },
        tenant: 'tenant'.padEnd(128, 'x'),
        idempotencyKey: 'key'.padEnd(255, 'k'),
      };
      const { report, message } = await battery.sends({ ...DRAFT, ...labels });
      const events = battery.relay.events.filter(({ mailId }) => mailId === report.mailId);
      expect(events.map(({ type }) => type)).toEqual(['queued', 'sent']);
      for (const { tags, metadata, tenant } of events) {
        expect({ tags, metadata: { ...metadata }, tenant }).toEqual({
          tags: labels.tags,
          metadata: labels.metadata,
          tenant: labels.tenant,
        });
      }
      expect(headerNames(message)).toEqual(expect.arrayContaining(PLAIN_HEADERS));
      expect(headerNames(message)).toHaveLength(PLAIN_HEADERS.length);
    });
  });

  describe('B13: template names and variables', () => {
    let folder: TemplateFolder;
    let templated: BatteryRelay;
    beforeAll(async () => {
      folder = await TemplateFolder.with({
        'welcome.hbs': '<p>Hello {{name}}</p>',
        'welcome.subject.hbs': 'Hello {{name}}',
      });
      templated = await BatteryRelay.start({}, { templates: { dir: folder.dir } });
    });
    afterAll(async () => {
      await templated.close();
      await folder.remove();
    });

    it('B13: a control character in a template’s name is refused', async () => {
      await expectAllRefused(
        ['template', (hostile) => ({ to: DRAFT.to, template: hostile, context: {} })],
        templated,
      );
    });

    it('B13: a path, a drive or a NUL is no template’s name', async () => {
      for (const template of [
        '../welcome',
        '/welcome',
        'a//b',
        './welcome',
        'C:welcome',
        'a\\b',
        '',
        'welcome\0',
      ]) {
        await templated.refuses({ to: DRAFT.to, template }, { field: 'template' });
      }
    });

    it('B13: a name that is no template is told without control characters', async () => {
      for (const template of ['%0d%0a', 'wélcome', '\u202eemoclew', 'x'.repeat(128)]) {
        await templated.refuses(
          { to: DRAFT.to, template },
          { field: 'template', code: 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND' },
        );
      }
    });

    it('B13: a control character in a variable of the subject fails when the mail is queued, not when it is sent', async () => {
      for (const name of hostileTexts()) {
        // White space around the subject is no part of it.
        if (name.trim() !== name && !name.trim().match(CONTROL_CHARACTER)) continue;
        await templated.refuses(
          { to: DRAFT.to, template: 'welcome', context: { name } },
          { field: 'subject' },
        );
      }
    });

    it('B13: a variable is never a part of a header’s structure or of the markup', async () => {
      const name = `<script>\u00a0"x" <eve@evil.test>, =?utf-8?Q?=0D=0A?=`;
      const { message } = await templated.sends({ to: DRAFT.to, template: 'welcome', context: { name } });
      expectSafeOnWire(message);
      const { subject, html } = await simpleParser(message.raw);
      expect(subject).toBe(`Hello ${name}`);
      expect(html).not.toContain('<script>');
      expect(headerNames(message)).toHaveLength(PLAIN_HEADERS.length - 1);
    });
  });

  describe('B14: a server’s text', () => {
    it('B14: comes into events cleaned and cut at 4 KiB, and not at all into the log', async () => {
      for (const [stage, code] of [
        ['rcpt', 550],
        ['mail', 553],
        ['data', 554],
        ['eod', 554],
      ] as const) {
        const hostile = `${code} 5.1.1 no\0 \x1b[31mred\x07 \u202e\u2028 \u0085 \x7f \ttab ada@example.test ${'x'.repeat(8_000)}`;
        await withRelay(
          async (own) => {
            const report = await own.relay.mail.send(DRAFT);
            await expect.poll(() => own.relay.told).toHaveLength(1);
            const event = own.relay.events.at(-1);
            const failure = event && 'failure' in event ? event.failure : undefined;
            for (const given of [failure, report.recipients[0]?.failure]) {
              expect(given?.reply?.code).toBe(code);
              expect(given?.reply?.text).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e]/u);
              expect(Buffer.byteLength(given?.reply?.text ?? '')).toBeLessThanOrEqual(4096);
              expect(given?.reply?.text).toContain('red');
              expect(given?.summary).not.toContain('red');
            }
            own.expectCleanLog();
            expect(own.log.lines.join()).not.toContain('red');
          },
          {},
          { faults: { [stage]: reply(hostile) } },
        );
      }
    });

    it('B14: names the message for later webhooks only in harmless characters', async () => {
      await withRelay(
        async (own) => {
          const report = await own.relay.mail.send(DRAFT);
          expect(report.recipients).toMatchObject([{ state: 'sent', providerMessageId: 'A1B2' }]);
          await expect.poll(() => own.relay.told).toHaveLength(1);
          own.expectCleanLog();
        },
        {},
        { faults: { eod: reply('250 2.0.0 Ok: queued as A1B2\x1b[31m\0\x07') } },
      );
    });
  });

  describe('B15: user name and password', () => {
    it('B15: a NUL or a line end in one of them is an options error that does not repeat it', async () => {
      for (const br of ['\0', '\r', '\n', '\r\n']) {
        for (const [option, auth] of [
          ['auth.user', { user: `us${br}er`, pass: 'secret-pass' }],
          ['auth.pass', { user: 'user', pass: `secret-pa${br}ss` }],
        ] as const) {
          const direct = smtpErrorOf({ host: 'mail.acme.test', auth });
          expect(direct.field).toBe(option);
          const url = `smtps://${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@mail.acme.test`;
          const byUrl = await bootErrorOf({ transport: url });
          for (const { message } of [direct, byUrl]) {
            expect(message).not.toContain('secret');
            expect(message.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTER);
          }
        }
      }
    });

    it('B15: any other character of a password is one line of AUTH and in no log', async () => {
      for (const pass of ['\x1b[31m\x7f\t', 'ü東京 %0d%0a', '"\\ \u2028']) {
        const auth = { user: 'us er@evil.test', pass };
        await withRelay(
          async (own) => {
            const transport = smtp({
              host: '127.0.0.1',
              port: own.sink.port,
              auth,
              allowPlaintextAuth: true,
            });
            const relay = await RelayApp.start({ transport });
            const report = await relay.mail.send(DRAFT);
            await relay.close();
            expect(report.ok).toBe(true);
            expect(own.sink.messages[0]?.user).toBe(auth.user);
            expect(own.sink.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
            const verbs = own.sink.commands.map((line) => line.split(/[ :]/, 1)[0]);
            expect(verbs.filter((verb) => verb !== 'QUIT')).toEqual(['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA']);
            own.expectCleanLog();
          },
          {},
          { auth },
        );
      }
    });
  });

  describe('B16: DKIM domain and selector, and the boundary', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const key = { domainName: 'acme.test', keySelector: 's1', privateKey: pem };

    it('B16: a tag, a control character or nothing in the domain or the selector is an options error', async () => {
      const hostile = [...hostileTexts(), 'a; b=c', 'a b', '', '=?utf-8?Q?=0D=0A?=', 'a/../b'];
      for (const text of hostile) {
        for (const dkim of [
          { ...key, domainName: text },
          { ...key, keySelector: text },
        ]) {
          const { message } = await bootErrorOf({ transport: 'memory:', dkim });
          expect(message.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTER);
          expect(message).not.toContain('PRIVATE KEY');
        }
      }
    });

    it('B16: a boundary is ours: content that looks like one stays content', async () => {
      const first = await battery.sends({ ...DRAFT, html: '<p>Hello</p>' });
      const boundary = /boundary="([^"]+)"/.exec(first.message.text)?.[1] ?? '';
      expect(boundary).not.toBe('');
      const forged = `Hello\r\n--${boundary}\r\nContent-Type: text/html\r\n\r\n<p>forged</p>\r\n--${boundary}--\r\n`;
      const { message } = await battery.sends({ ...DRAFT, text: forged, html: `<p>Hello</p>${forged}` });
      expect(message.text.match(/boundary="([^"]+)"/)?.[1]).not.toBe(boundary);
      const parsed = await simpleParser(message.raw);
      expect(parsed.text?.replaceAll('\n', '\r\n').trim()).toBe(forged.trim());
      await battery.refuses(
        {
          ...DRAFT,
          attachments: [{ content: '--x--', contentType: 'multipart/mixed; boundary=x' }],
        },
        { field: 'attachments[0].contentType' },
      );
    });
  });

  describe('B17: the log', () => {
    it('B17: a mail full of escape codes that a server refuses is one clean line for each recipient, without the address', async () => {
      await withRelay(
        async (own) => {
          await own.relay.mail.send({
            ...DRAFT,
            to: [{ name: '%0d%0a[Nest] forged "x"', address: 'ada@example.test' }, 'b-evil@evil.test'],
            subject: '=0D=0A forged',
            text: 'forged\r\n\x1b[31mforged\x07',
            tags: ['forged'],
            metadata: { note: '%1b[31m forged' },
            headers: { 'X-Note': '\\x1b[31m forged' },
          });
          await expect.poll(() => own.relay.told).toHaveLength(2);
          own.expectCleanLog();
          expect(own.log.lines.filter((line) => line.startsWith('error'))).toHaveLength(2);
          expect(own.log.lines.join('\n')).not.toMatch(/forged|evil/);
        },
        {},
        { faults: { eod: reply('554 5.6.0 \x1b[31mforged\x07 <ada@example.test>') } },
      );
    });

    it.each(['log', 'capture'])(
      'B17: the %s transport tells of a hostile mail in one clean line',
      async (kind) => {
        const dir = await mkdtemp(join(tmpdir(), 'mail-battery-'));
        const transport = kind === 'log' ? log() : capture({ dir });
        await withRelay(
          async (own) => {
            const report = await own.relay.mail.send({
              ...DRAFT,
              to: ['ada@example.test', 'b@evil.test'],
              text: '\x1b[31mforged\r\n',
              subject: 'forged',
            });
            expect(report.ok).toBe(true);
            expect(own.log.lines).toHaveLength(1);
            const [line = ''] = own.log.lines;
            expect(line).not.toMatch(CONTROL_CHARACTER);
            expect(line).not.toMatch(/forged|ada@|b@/);
            for (const file of await readdir(dir)) expect(file).toMatch(/^[\w-]+\.(?:eml|html)$/);
          },
          { transport },
        );
        await rm(dir, { recursive: true });
      },
    );
  });

  describe('B18: reserved headers', () => {
    it.each([
      'Bcc',
      'bCC',
      'Return-Path',
      'Received',
      'Received-SPF',
      'DKIM-Signature',
      'ARC-Seal',
      'Authentication-Results',
      'Delivered-To',
      'Resent-To',
      'Resent-Bcc',
      'Content-Type',
      'Content-Transfer-Encoding',
      'Content-ID',
      'MIME-Version',
      'X-Mail-Relay-Stream',
      'x-mail-relay-internal',
    ])('B18: %s from the caller is refused', async (name) => {
      await battery.refuses({ ...DRAFT, headers: { [name]: 'eve@evil.test' } }, { field: 'headers' });
    });

    it('B18: a hidden recipient gets the mail and stands nowhere in it', async () => {
      const { message } = await battery.sends({
        ...DRAFT,
        bcc: ['bob@example.test', 'Eve <eve@evil.test>'],
        tenant: 'acme',
        tags: ['t'],
        metadata: { order: '1' },
      });
      expect(message.to).toEqual([DRAFT.to, 'bob@example.test', 'eve@evil.test']);
      expect(message.text).not.toMatch(/bcc|bob|eve/i);
      expect(headerNames(message)).toEqual(expect.arrayContaining(PLAIN_HEADERS));
      expect(headerNames(message)).toHaveLength(PLAIN_HEADERS.length);
    });

    it('B18: a mail to hidden recipients alone shows none of them', async () => {
      const { message } = await battery.sends({ bcc: [DRAFT.to], subject: 's', text: 't' });
      expect(message.to).toEqual([DRAFT.to]);
      expect(message.text).not.toContain(DRAFT.to);
      expect(headerNames(message)).not.toContain('bcc');
    });
  });

  describe('B19: headers that a message holds once', () => {
    it.each([
      'From',
      'from',
      'Sender',
      'To',
      'Cc',
      'Reply-To',
      'Subject',
      'SUBJECT',
      'Date',
      'Message-ID',
      'Message-Id',
      'In-Reply-To',
      'References',
      'List-Id',
      'List-Unsubscribe',
      'List-Unsubscribe-Post',
    ])('B19: a second %s is refused', async (name) => {
      await battery.refuses({ ...DRAFT, headers: { [name]: 'a@b.test' } }, { field: 'headers' });
    });

    it('B19: the same header in two spellings or twice is refused', async () => {
      await battery.refuses({ ...DRAFT, headers: { 'X-A': 'a', 'x-a': 'b' } }, { field: 'headers' });
      await battery.refuses({ ...DRAFT, headers: { Precedence: ['bulk', 'list'] } }, { field: 'headers' });
      await battery.refuses(
        { ...DRAFT, importance: 'high', headers: { 'X-Priority': '5' } },
        { field: 'headers' },
      );
    });

    it('B19: every message has each of them at most once', async () => {
      const { message } = await battery.sends({
        ...DRAFT,
        to: [DRAFT.to, 'bob@example.test'],
        cc: ['carol@example.test', 'dave@example.test'],
        replyTo: ['a@acme.test', 'b@acme.test'],
        sender: 'post@acme.test',
        importance: 'high',
        list: { id: 'news.acme.test', unsubscribe: { url: 'https://acme.test/u', oneClick: true } },
      });
      const names = headerNames(message);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  describe('B20: keys of the prototype', () => {
    const KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];
    /** An object with this key of its own, as JSON.parse makes it. */
    const own = (key: string, value: unknown) =>
      JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as object;

    it.each(KEYS)('B20: %s is a header like any other', async (key) => {
      const { message } = await battery.sends({ ...DRAFT, headers: own(key, 'x') as Record<string, string> });
      expect(headerFields(message)).toContainEqual([key.toLowerCase(), 'x']);
    });

    it.each(KEYS)('B20: %s is metadata like any other', async (key) => {
      const { report } = await battery.sends({ ...DRAFT, metadata: own(key, 'x') as Record<string, string> });
      const event = battery.relay.events.find(({ mailId }) => mailId === report.mailId);
      expect(Object.entries(event?.metadata ?? {})).toEqual([[key, 'x']]);
      await battery.refuses({ ...DRAFT, metadata: own(key, { polluted: 'yes' }) }, { field: 'metadata' });
      expect({}).not.toHaveProperty('polluted');
    });

    it.each(KEYS)('B20: %s is no field of a draft, and changes no other', async (key) => {
      await battery.refuses({
        ...DRAFT,
        ...own('x', 1),
        ...Object.fromEntries([[key, { to: 'eve@evil.test' }]]),
      });
      const pretender = JSON.parse(
        `{"subject":"s","text":"t","__proto__":{"to":"eve@evil.test"}}`,
      ) as unknown;
      await battery.refuses(pretender);
      await battery.refuses(Object.create({ ...DRAFT }) as unknown, { field: 'to' });
    });

    it('B20: a template reads no property that the data does not own', async () => {
      const folder = await TemplateFolder.with({
        'keys.hbs':
          '<p>{{constructor}}|{{constructor.name}}|{{__proto__}}|{{toString}}|{{data.constructor}}|{{lookup data "__proto__"}}|{{own}}</p>',
        'keys.subject.hbs': 'Keys {{constructor}}',
      });
      try {
        await withRelay(
          async (relay) => {
            const draft = { to: DRAFT.to, template: 'keys' };
            const plain = await relay.sends({ ...draft, context: { data: {}, own: 'own' } });
            const parsed = await simpleParser(plain.message.raw);
            expect(parsed.html).toContain('<p>||||||own</p>');
            expect(parsed.subject?.trim()).toBe('Keys');
            const context = JSON.parse(
              '{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t","data":{"__proto__":"p"}}',
            ) as object;
            await relay.sends({ ...draft, context });
            expect({}).not.toHaveProperty('polluted');
          },
          { templates: { dir: folder.dir, strict: false } },
        );
      } finally {
        await folder.remove();
      }
    });

    it('B20: a polluted prototype gives a draft nothing', async () => {
      const polluted = Object.prototype as Record<string, unknown>;
      polluted['bcc'] = 'eve@evil.test';
      polluted['path'] = '/etc/passwd';
      try {
        const { message } = await battery.sends({ ...DRAFT, attachments: [{ content: 'x' }] });
        expect(message.to).toEqual([DRAFT.to]);
      } finally {
        delete polluted['bcc'];
        delete polluted['path'];
      }
      expect(battery.relay.mail).toBeInstanceOf(MailService);
    });
  });
});
