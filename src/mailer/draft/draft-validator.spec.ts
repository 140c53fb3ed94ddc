import * as fc from 'fast-check';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { MailDraft } from '../../core/mail/mail-draft.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { type DraftDefaults, validateDraft } from './draft-validator.js';
import type { ValidDraft } from './valid-draft.js';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 1000);

const DEFAULTS: DraftDefaults = {
  from: { name: 'Acme', address: 'hello@acme.test' },
  streams: new Map([
    ['transactional', {}],
    ['marketing', { from: { address: 'news@news.acme.test' } }],
  ]),
};

const MINIMAL = { to: 'ada@acme.test', subject: 'Hi', text: 'Hello' } satisfies MailDraft;

function validate(draft: MailDraft, defaults: Partial<DraftDefaults> = {}): ValidDraft {
  return validateDraft(draft, { ...DEFAULTS, ...defaults });
}

function refusalOf(draft: unknown, defaults: Partial<DraftDefaults> = {}): MailRelayError {
  try {
    validateDraft(draft, { ...DEFAULTS, ...defaults });
  } catch (error) {
    expect(error).toBeInstanceOf(MailRelayError);
    return error as MailRelayError;
  }
  throw new Error('accepted');
}

/** Everything that must not stand in a line of a header, and some of what must not stand in an identifier. */
const INJECTIONS = [
  '\r',
  '\n',
  '\r\nBcc: e@x.test',
  '\0',
  '\u007f',
  '\u001b',
  '\t',
  '\u0085',
  '\u2028',
  '\u2029',
];
const UNPAIRED = ['\ud800', '\udc00'];

/** Has a length and no entries, so that `map()` would visit none. */
const SPARSE: unknown[] = [];
SPARSE.length = 2;

describe('validateDraft', () => {
  it('sets every default of a minimal draft', () => {
    const draft = validate(MINIMAL);
    expect(draft).toEqual({
      from: { name: 'Acme', address: 'hello@acme.test' },
      to: [{ address: 'ada@acme.test' }],
      cc: [],
      bcc: [],
      replyTo: [],
      recipients: ['ada@acme.test'],
      subject: 'Hi',
      text: 'Hello',
      context: {},
      tags: [],
      metadata: {},
      tenant: '',
      stream: 'transactional',
    });
  });

  it('carries every field of a full draft', () => {
    const attachments = [{ filename: 'a.txt', content: 'x' }];
    const alternatives = [{ contentType: 'text/x-amp-html', content: '<p>' }];
    const calendar = { content: 'BEGIN:VCALENDAR' };
    const headers = { 'X-Shop': 'Berlin' };
    const list = { id: 'news.acme.test' };
    const draft = validate({
      to: 'Ada <ada@acme.test>',
      cc: ['bob@acme.test', { name: 'Cy', address: 'cy@ACME.test' }],
      bcc: { address: 'dan@acme.test' },
      from: 'Shop <shop@acme.test>',
      sender: 'robot@acme.test',
      replyTo: ['help@acme.test'],
      subject: '',
      html: '<p>\ud800</p>',
      text: 'x',
      context: { user: { name: 'Ada' } },
      locale: 'de-at',
      attachments,
      alternatives,
      calendar,
      headers,
      list,
      inReplyTo: '<1@acme.test>',
      references: '<0@acme.test> <1@acme.test>',
      importance: 'high',
      tags: ['a:1', 'b'],
      metadata: { orderId: '7' },
      stream: 'marketing',
      tenant: 'shop:1',
      idempotencyKey: 'welcome: 1',
      sendAt: '2027-03-28T09:00:00Z',
      expiresIn: '2h',
    });
    expect(draft).toEqual({
      to: [{ name: 'Ada', address: 'ada@acme.test' }],
      cc: [{ address: 'bob@acme.test' }, { name: 'Cy', address: 'cy@acme.test' }],
      bcc: [{ address: 'dan@acme.test' }],
      from: { name: 'Shop', address: 'shop@acme.test' },
      sender: { address: 'robot@acme.test' },
      replyTo: [{ address: 'help@acme.test' }],
      recipients: ['ada@acme.test', 'bob@acme.test', 'cy@acme.test', 'dan@acme.test'],
      subject: '',
      html: '<p>\ud800</p>',
      text: 'x',
      context: { user: { name: 'Ada' } },
      locale: 'de-AT',
      attachments,
      alternatives,
      calendar,
      headers,
      list,
      inReplyTo: '<1@acme.test>',
      references: ['<0@acme.test>', '<1@acme.test>'],
      importance: 'high',
      tags: ['a:1', 'b'],
      metadata: { orderId: '7' },
      stream: 'marketing',
      tenant: 'shop:1',
      idempotencyKey: 'welcome: 1',
      sendAt: Date.UTC(2027, 2, 28, 9),
      expiresInMs: 7_200_000,
    });
    expect(draft.attachments).toBe(attachments);
  });

  it.each([null, undefined, 'to', 1, [], [MINIMAL], () => MINIMAL])('refuses %j as a draft', (draft) => {
    expect(refusalOf(draft)).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'draft' });
  });

  it('takes an instance of a class by its own fields', () => {
    class Request {
      to = 'ada@acme.test';
      template = 'welcome';
      subject = undefined;
    }
    expect(validate(new Request())).toMatchObject({ template: 'welcome', recipients: ['ada@acme.test'] });
  });

  describe('keys', () => {
    afterEach(() => {
      delete (Object.prototype as Record<string, unknown>)['bcc'];
    });

    it.each([
      ['subjet', 'subject'],
      ['attachements', 'attachments'],
      ['reply_to', 'replyTo'],
      ['replyto', 'replyTo'],
      ['CC', 'cc'],
      ['sentAt', 'sendAt'],
      ['Template', 'template'],
    ])('refuses %s and suggests %s', (key, nearest) => {
      const error = refusalOf({ ...MINIMAL, [key]: 'x' });
      expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: key });
      expect(error.message).toContain(`'${key}'`);
      expect(error.message).toContain(`did you mean '${nearest}'?`);
    });

    it.each(['envelope', 'raw', 'dkim', 'auth', 'host', 'proxy', 'constructor', 'toString'])(
      'refuses %s and lists the fields (D17)',
      (key) => {
        const error = refusalOf({ ...MINIMAL, [key]: 'x' });
        expect(error.field).toBe(key);
        expect(error.message).toMatch(/fields are to, cc, bcc, /);
      },
    );

    it('refuses an own __proto__ (B20)', () => {
      const draft: unknown = JSON.parse(
        '{"to":"ada@acme.test","text":"x","subject":"x","__proto__":{"bcc":"e@x.test"}}',
      );
      expect(refusalOf(draft)).toMatchObject({ field: '__proto__' });
    });

    it('does not repeat a key that may be content', () => {
      for (const key of ['ada@acme.test', 'a\r\nb', '', 'x'.repeat(1_000_000)]) {
        const error = refusalOf({ ...MINIMAL, [key]: 'x' });
        expect(error.field).toBe('draft');
        expect(error.message).not.toMatch(/acme|xxx|\n/);
      }
    });

    it('ignores fields whose value is undefined', () => {
      const absent = Object.fromEntries(
        [
          'cc',
          'bcc',
          'from',
          'html',
          'template',
          'locale',
          'tags',
          'sendAt',
          'expiresIn',
          'headers',
          'x',
        ].map((key) => [key, undefined]),
      );
      expect(validate({ ...MINIMAL, ...absent })).toStrictEqual(validate(MINIMAL));
    });

    it('reads own fields only', () => {
      (Object.prototype as Record<string, unknown>)['bcc'] = 'eve@evil.test';
      expect(validate(MINIMAL).recipients).toStrictEqual(['ada@acme.test']);
      expect(refusalOf(Object.create(MINIMAL)).field).toBe('to');
    });

    it('reads each field once', () => {
      let reads = 0;
      const draft = {
        ...MINIMAL,
        get to() {
          return reads++ === 0 ? 'ada@acme.test' : 'eve@evil.test';
        },
      };
      expect(validate(draft)).toMatchObject({
        to: [{ address: 'ada@acme.test' }],
        recipients: ['ada@acme.test'],
      });
      expect(reads).toBe(1);
    });

    it.each([
      'to',
      'cc',
      'bcc',
      'from',
      'sender',
      'replyTo',
      'subject',
      'html',
      'text',
      'template',
      'context',
      'locale',
      'attachments',
      'alternatives',
      'calendar',
      'headers',
      'list',
      'inReplyTo',
      'references',
      'importance',
      'tags',
      'metadata',
      'stream',
      'tenant',
      'idempotencyKey',
      'sendAt',
      'expiresIn',
    ])('refuses null and values of a wrong kind as %s', (field) => {
      for (const wrong of [null, 1, true, 1n, () => 'x', Symbol('x')]) {
        if (field === 'expiresIn' && wrong === 1) continue;
        const error = refusalOf({ ...MINIMAL, [field]: wrong });
        expect(error.field).toBe(field);
        expect(error.message).toMatch(
          new RegExp(`^${field} must .+ but .*(null|number|boolean|bigint|function|symbol)`),
        );
      }
    });
  });

  describe('recipients', () => {
    it.each([{}, { to: [] }, { to: [], cc: [], bcc: [] }, { to: undefined }])(
      'refuses none: %j',
      (fields) => {
        expect(refusalOf({ subject: 'x', text: 'x', ...fields })).toMatchObject({
          code: 'ERR_MAIL_RELAY_DRAFT',
          field: 'to',
        });
      },
    );

    it.each(['to', 'cc', 'bcc'])('is content with one in %s', (field) => {
      expect(validate({ subject: 'x', text: 'x', [field]: 'ada@acme.test' }).recipients).toStrictEqual([
        'ada@acme.test',
      ]);
    });

    it('delivers once to an address that is named several times (C14)', () => {
      const draft = validate({
        ...MINIMAL,
        to: ['ada@m\u00fcnchen.test', 'Ada <ada@xn--mnchen-3ya.test>'],
        cc: 'ada@M\u00dcNCHEN.test',
        bcc: ['ADA@m\u00fcnchen.test'],
      });
      expect(draft.to).toHaveLength(2);
      expect(draft.recipients).toStrictEqual(['ada@xn--mnchen-3ya.test', 'ADA@xn--mnchen-3ya.test']);
    });

    it('counts over to, cc and bcc and takes as many as are allowed', () => {
      const limits = { maxRecipients: 3 };
      const three = { ...MINIMAL, to: ['a@acme.test'], cc: 'b@acme.test', bcc: ['c@acme.test'] };
      expect(validate(three, limits).recipients).toHaveLength(3);
      const error = refusalOf({ ...three, to: ['a@acme.test', 'd@acme.test'] }, limits);
      expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'to' });
      expect(error.message).toMatch(/at most 3 .+ there are 4: .+`maxRecipients`/);
    });

    it('refuses 100 000 recipients by their count, before parsing one (C5)', () => {
      const to = Array.from({ length: 100_000 }, () => 'not an address');
      const start = performance.now();
      expect(refusalOf({ ...MINIMAL, to })).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'to' });
      expect(performance.now() - start).toBeLessThan(50);
    });

    it('names the entry that is wrong, without its address', () => {
      const error = refusalOf({ ...MINIMAL, cc: ['ada@acme.test', 'a,b@acme.test'] });
      expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_ADDRESS', field: 'cc[1]' });
      expect(error.message).not.toContain('acme');
    });

    it.each([[['ada@acme.test', undefined]], [['ada@acme.test', null]], [[['ada@acme.test']]], [SPARSE]])(
      'refuses %j as a list',
      (to) => {
        expect(refusalOf({ ...MINIMAL, to })).toMatchObject({ code: 'ERR_MAIL_RELAY_ADDRESS' });
      },
    );

    it.each(['to', 'cc', 'bcc', 'from', 'sender', 'replyTo'])(
      'never splits a string in %s (C13)',
      (field) => {
        const error = refusalOf({ ...MINIMAL, [field]: 'a@acme.test,b@acme.test' });
        expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_ADDRESS', field });
      },
    );

    it('takes local domains in every address when they are listed', () => {
      const draft = {
        ...MINIMAL,
        to: 'ada@localhost',
        from: 'a@localhost',
        sender: 'a@localhost',
        replyTo: 'a@localhost',
      };
      expect(validate(draft, { localDomains: ['localhost'] }).recipients).toStrictEqual(['ada@localhost']);
      expect(refusalOf(draft).field).toBe('to');
    });

    it('bounds replyTo', () => {
      expect(refusalOf({ ...MINIMAL, replyTo: Array.from({ length: 51 }, () => 'a@acme.test') }).field).toBe(
        'replyTo',
      );
    });
  });

  describe('from', () => {
    it("is the draft's, else the stream's, else the module's", () => {
      expect(validate({ ...MINIMAL, from: 'x@acme.test', stream: 'marketing' }).from.address).toBe(
        'x@acme.test',
      );
      expect(validate({ ...MINIMAL, stream: 'marketing' }).from.address).toBe('news@news.acme.test');
      expect(validate(MINIMAL).from.address).toBe('hello@acme.test');
    });

    it('names the option when nobody has one', () => {
      const error = refusalOf(MINIMAL, { from: undefined });
      expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'from' });
      expect(error.message).toContain('`from` option');
    });
  });

  describe('stream', () => {
    it('is one of those that there are, and the error lists them', () => {
      const error = refusalOf({ ...MINIMAL, stream: 'newsletter' });
      expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'stream' });
      expect(error.message).toContain('transactional, marketing');
      expect(error.message).not.toContain('newsletter');
    });
  });

  describe('content', () => {
    it.each([
      ['a template', { template: 'welcome' }],
      ['a template with a subject', { template: 'welcome', subject: 'x' }],
      ['html', { subject: 'x', html: '' }],
      ['text', { subject: '', text: 'x' }],
      ['html and text', { subject: 'x', html: 'x', text: 'x' }],
    ])('may be %s', (_case, content) => {
      expect(validate({ to: 'ada@acme.test', ...content })).toMatchObject(content);
    });

    it.each([
      ['nothing', {}, 'template'],
      ['a subject alone', { subject: 'x' }, 'template'],
      ['html without a subject', { html: 'x' }, 'subject'],
      ['a template beside html', { template: 'x', html: 'x' }, 'html'],
      ['a template beside text', { template: 'x', text: 'x' }, 'text'],
      ['a template beside empty text', { template: 'x', text: '' }, 'text'],
      ['a NUL in html (A16)', { subject: 'x', html: 'a\0.' }, 'html'],
      ['a NUL in text (A16)', { subject: 'x', text: '\0.' }, 'text'],
    ])('must not be %s', (_case, content, field) => {
      expect(refusalOf({ to: 'ada@acme.test', ...content })).toMatchObject({
        code: 'ERR_MAIL_RELAY_DRAFT',
        field,
      });
    });

    it.each([...INJECTIONS, ...UNPAIRED])('refuses a subject that holds %j (B1)', (payload) => {
      for (const subject of [`a${payload}b`, payload, `a${payload}`]) {
        expect(refusalOf({ ...MINIMAL, subject })).toMatchObject({
          code: 'ERR_MAIL_RELAY_DRAFT',
          field: 'subject',
        });
      }
    });

    it('refuses an encoded word and a subject that is too long', () => {
      expect(refusalOf({ ...MINIMAL, subject: 'x =?utf-8?q?=0D=0A?=' }).field).toBe('subject');
      expect(validate({ ...MINIMAL, subject: 'x'.repeat(998) }).subject).toHaveLength(998);
      expect(refusalOf({ ...MINIMAL, subject: 'x'.repeat(999) }).field).toBe('subject');
    });

    it.each(['Is a =? b?', '100%0d%0a', '=0D=0A', 'Gr\u00fc\u00dfe \ud83d\ude00', ' '])(
      'leaves the subject %j as it is',
      (subject) => {
        expect(validate({ ...MINIMAL, subject }).subject).toBe(subject);
      },
    );

    it.each(['welcome', 'shop/order-confirmed', 'a'.repeat(128), 'Gr\u00fc\u00dfe', '..a/b..', 'x.hbs'])(
      'takes %s as the name of a template',
      (template) => {
        expect(validate({ to: 'ada@acme.test', template }).template).toBe(template);
      },
    );

    it.each([
      '',
      'a'.repeat(129),
      '..',
      '../secrets',
      'a/../../b',
      'a/..',
      './a',
      '/etc/passwd',
      'a//b',
      'a/',
      'C:/x',
      'c:x',
      '..\\x',
      'a\\b',
      ...INJECTIONS.map((payload) => `a${payload}`),
      ...UNPAIRED,
    ])('refuses %j as the name of a template (B13, G15)', (template) => {
      expect(refusalOf({ to: 'ada@acme.test', template })).toMatchObject({
        code: 'ERR_MAIL_RELAY_DRAFT',
        field: 'template',
      });
    });

    it('refuses an object as the name of a template (G13)', () => {
      expect(refusalOf({ to: 'ada@acme.test', template: { type: 'Program' } }).field).toBe('template');
    });

    it('takes plain data as context and nothing that a class made', () => {
      const context = JSON.parse('{"__proto__":{"a":1},"constructor":"x"}') as object;
      expect(validate({ ...MINIMAL, context }).context).toBe(context);
      expect(validate({ ...MINIMAL, context: Object.create(null) as object }).context).toEqual({});
      for (const wrong of [[], new Map(), new Date(), new (class User {})()]) {
        expect(refusalOf({ ...MINIMAL, context: wrong }).field).toBe('context');
      }
    });

    it.each(['', 'x', 'de_AT', 'de-', '../x', 'de\r\n', 'x'.repeat(1_000_000)])(
      'refuses locale case %#',
      (locale) => {
        expect(refusalOf({ ...MINIMAL, locale })).toMatchObject({
          code: 'ERR_MAIL_RELAY_DRAFT',
          field: 'locale',
        });
      },
    );
  });

  describe('labels (B12)', () => {
    const hostile = [...INJECTIONS, ...UNPAIRED].map((payload) => `a${payload}b`);

    it.each([...hostile, '', 'a b', 'a'.repeat(65), 'a@b', '\u00fc'])('refuses the tag %j', (tag) => {
      expect(refusalOf({ ...MINIMAL, tags: ['ok', tag] })).toMatchObject({ field: 'tags[1]' });
    });

    it('bounds the tags', () => {
      const tags = Array.from({ length: 20 }, (_, i) => `t${i}`);
      expect(validate({ ...MINIMAL, tags }).tags).toStrictEqual(tags);
      expect(refusalOf({ ...MINIMAL, tags: [...tags, 'x'] }).field).toBe('tags');
      expect(refusalOf({ ...MINIMAL, tags: [1] }).field).toBe('tags[0]');
      expect(refusalOf({ ...MINIMAL, tags: SPARSE }).field).toBe('tags[0]');
    });

    it.each(hostile)('refuses metadata that holds %j', (text) => {
      expect(refusalOf({ ...MINIMAL, metadata: { orderId: text } }).field).toBe('metadata.orderId');
      expect(refusalOf({ ...MINIMAL, metadata: { [text]: 'x' } }).field).toBe('metadata.?');
    });

    it('bounds the metadata', () => {
      const entries = Array.from({ length: 50 }, (_, i) => [`k${i}`, 'x'] as const);
      expect(
        Object.keys(validate({ ...MINIMAL, metadata: Object.fromEntries(entries) }).metadata),
      ).toHaveLength(50);
      const refused = [
        Object.fromEntries([...entries, ['x', 'x']]),
        { k: 'x'.repeat(4096) },
        { k: '\u00fc'.repeat(2048) },
        { ['k'.repeat(5000)]: '' },
        new Map([['k', 'x']]),
        [],
      ];
      for (const metadata of refused) expect(refusalOf({ ...MINIMAL, metadata }).field).toBe('metadata');
      expect(validate({ ...MINIMAL, metadata: { k: 'x'.repeat(4095) } }).metadata['k']).toHaveLength(4095);
      expect(refusalOf({ ...MINIMAL, metadata: { '': 'x' } }).field).toBe('metadata.?');
      for (const wrong of [1, null, {}, ['x']]) {
        expect(refusalOf({ ...MINIMAL, metadata: { k: wrong } }).field).toBe('metadata.k');
      }
    });

    it('keeps keys such as __proto__ as plain data (B20)', () => {
      const given = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<
        string,
        string
      >;
      const { metadata } = validate({ ...MINIMAL, metadata: given });
      expect(Object.getPrototypeOf(metadata)).toBeNull();
      expect(Object.entries(metadata)).toStrictEqual([
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['toString', 'c'],
      ]);
      expect(metadata).not.toBe(given);
    });

    it('ignores metadata whose value is undefined', () => {
      const metadata = { a: 'x', b: undefined } as unknown as Record<string, string>;
      expect(Object.keys(validate({ ...MINIMAL, metadata }).metadata)).toStrictEqual(['a']);
    });

    it.each([...hostile, 'a b', 'a/b', '\u00fc', 'a'.repeat(129)])('refuses the tenant %j', (tenant) => {
      expect(refusalOf({ ...MINIMAL, tenant }).field).toBe('tenant');
    });

    it.each(['', 'shop-1_a:b.c@D', 'a'.repeat(128)])('takes the tenant %j', (tenant) => {
      expect(validate({ ...MINIMAL, tenant }).tenant).toBe(tenant);
    });

    it.each([...hostile, '', '\u00fc', 'a'.repeat(256), 'a\n'])(
      'refuses the idempotency key %j',
      (idempotencyKey) => {
        expect(refusalOf({ ...MINIMAL, idempotencyKey }).field).toBe('idempotencyKey');
      },
    );

    it.each([' ~!"#', 'a'.repeat(255)])('takes the idempotency key %j', (idempotencyKey) => {
      expect(validate({ ...MINIMAL, idempotencyKey }).idempotencyKey).toBe(idempotencyKey);
    });
  });

  describe('threading (B6)', () => {
    it.each([
      '<a@b>',
      '<CA+x=1$y/z@mail.gmail.com>',
      '<"q"@[127.0.0.1]>',
      '<a@b@c>',
      `<${'a'.repeat(246)}@b>`,
    ])('takes %s', (id) => {
      expect(validate({ ...MINIMAL, inReplyTo: id, references: id })).toMatchObject({
        inReplyTo: id,
        references: [id],
      });
      expect(validate({ ...MINIMAL, references: [id, id] }).references).toStrictEqual([id, id]);
    });

    it.each([
      '',
      'a@b',
      '<a@b',
      'a@b>',
      '<ab>',
      '<@b>',
      '<a@>',
      '<>',
      '<a@@>',
      '<a b@c>',
      '<a@b>\n',
      '<a@b><c@d>',
      '<a<b@c>',
      '<a@b>,<c@d>',
      '<\u00fc@b>',
      `<${'a'.repeat(247)}@b>`,
      ...[...INJECTIONS, ...UNPAIRED].map((payload) => `<a${payload}b@c>`),
      `<${'@'.repeat(1_000_000)}>`,
    ])('refuses case %#', (id) => {
      expect(refusalOf({ ...MINIMAL, inReplyTo: id }).field).toBe('inReplyTo');
      expect(refusalOf({ ...MINIMAL, references: ['<a@b>', id] }).field).toBe('references[1]');
      expect(refusalOf({ ...MINIMAL, references: id }).field).toMatch(/^references\[\d\]$/);
    });

    it('bounds the references', () => {
      const ids = Array.from({ length: 100 }, (_, i) => `<${i}@acme.test>`);
      expect(validate({ ...MINIMAL, references: ids.join(' ') }).references).toStrictEqual(ids);
      expect(refusalOf({ ...MINIMAL, references: [...ids, '<x@y>'] }).field).toBe('references');
      expect(refusalOf({ ...MINIMAL, references: ' '.repeat(1_000_000) }).field).toBe('references');
      expect(refusalOf({ ...MINIMAL, references: SPARSE }).field).toBe('references[0]');
    });
  });

  it.each(['urgent', '', 'HIGH', 1, {}])('refuses %j as importance', (importance) => {
    expect(refusalOf({ ...MINIMAL, importance })).toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'importance',
    });
  });

  it.each([
    ['headers', []],
    ['headers', 'X: y'],
    ['list', []],
    ['calendar', 'BEGIN:VCALENDAR'],
    ['attachments', { filename: 'a' }],
    ['alternatives', 'x'],
  ])('refuses %s of a wrong shape', (field, wrong) => {
    expect(refusalOf({ ...MINIMAL, [field]: wrong })).toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field });
  });

  it('refuses an attachment that is no object', () => {
    for (const wrong of ['a.txt', undefined, null, []]) {
      expect(refusalOf({ ...MINIMAL, attachments: [{}, wrong] }).field).toBe('attachments[1]');
      expect(refusalOf({ ...MINIMAL, alternatives: [wrong] }).field).toBe('alternatives[0]');
    }
  });

  it('does not change what it is given', () => {
    const draft = Object.freeze({
      to: Object.freeze(['ADA@ACME.test']),
      template: 'welcome',
      context: Object.freeze({ a: 1 }),
      tags: Object.freeze(['a']),
      metadata: Object.freeze({ a: 'b' }),
    });
    const before = JSON.stringify(draft);
    validate(draft);
    expect(JSON.stringify(draft)).toBe(before);
  });

  it('throws nothing but MailRelayError, whatever the fields hold', () => {
    const value = fc.anything({
      withNullPrototype: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
    });
    const field = fc.constantFrom(
      'to',
      'cc',
      'replyTo',
      'from',
      'context',
      'tags',
      'metadata',
      'references',
      'sendAt',
      'headers',
    );
    fc.assert(
      fc.property(field, value, (name, wrong) => {
        try {
          validateDraft({ ...MINIMAL, [name]: wrong }, DEFAULTS);
        } catch (error) {
          expect(MailRelayError.is(error)).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  it('lets no text through that could begin a new header (B1, B6, B12)', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '<', '@', '>', ' ', '\r', '\n', '\0', '\u0085', '\u2028'),
      maxLength: 8,
    });
    const field = fc.constantFrom(
      'subject',
      'inReplyTo',
      'references',
      'tenant',
      'idempotencyKey',
      'template',
      'locale',
      'to',
    );
    fc.assert(
      fc.property(field, text, (name, hostile) => {
        const draft =
          name === 'template' ? { to: 'ada@acme.test', template: hostile } : { ...MINIMAL, [name]: hostile };
        try {
          const valid = validateDraft(draft, DEFAULTS);
          // eslint-disable-next-line no-control-regex -- control characters are what must not be there
          expect(headerTextOf(valid)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        } catch (error) {
          expect(MailRelayError.is(error)).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  it('has a type for every field of a draft', () => {
    expectTypeOf<keyof Omit<MailDraft, 'expiresIn'>>().toExtend<keyof ValidDraft>();
  });
});

function headerTextOf({ to, recipients, references = [], ...fields }: ValidDraft): string {
  const { subject, inReplyTo, tenant, idempotencyKey, template, locale } = fields;
  const texts = [subject, inReplyTo, tenant, idempotencyKey, template, locale, ...recipients, ...references];
  return [...texts, ...to.map(({ name }) => name)].join('');
}
