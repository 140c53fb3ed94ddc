import { BadRequestException, ValidationPipe } from '@nestjs/common';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MailDraft } from '../core/mail/mail-draft.js';
import { validateDraft } from './draft/draft-validator.js';
import { MailRequestDto } from './mail-request.dto.js';

const OPTIONS = { whitelist: true, forbidNonWhitelisted: true } as const;
const MINIMAL = { to: 'ada@acme.test', template: 'welcome' };

async function read(body: unknown, options = {}): Promise<unknown> {
  const pipe = new ValidationPipe({ ...OPTIONS, ...options });
  return pipe.transform(body, { type: 'body', metatype: MailRequestDto });
}

async function messagesAgainst(body: unknown): Promise<string[]> {
  try {
    await read(body);
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequestException);
    return [(error as BadRequestException).getResponse() as { message: string[] }].flatMap(
      ({ message }) => message,
    );
  }
  throw new Error('accepted');
}

describe('MailRequestDto', () => {
  it.each([
    MINIMAL,
    {
      to: ['ada@acme.test', 'Bob <bob@acme.test>'],
      template: 'shop/order',
      subject: 'Hi',
      context: { a: { b: [1] } },
      locale: 'de-AT',
    },
    { to: Array.from({ length: 10 }, (_, i) => `u${i}@acme.test`), template: 'welcome' },
  ])('takes %j', async (body) => {
    expect(await read(body)).toEqual(body);
  });

  it.each([{ transform: true }, { transform: true, transformOptions: { enableImplicitConversion: true } }])(
    'is a valid draft as it is, also with %j',
    async (options) => {
      const request = (await read({ ...MINIMAL, context: { n: 1 } }, options)) as MailRequestDto;
      expect(request).toBeInstanceOf(MailRequestDto);
      const draft = validateDraft(request, {
        from: { address: 'hello@acme.test' },
        streams: new Map([['transactional', {}]]),
      });
      expect(draft).toMatchObject({ recipients: ['ada@acme.test'], template: 'welcome', context: { n: 1 } });
      expectTypeOf<MailRequestDto>().toExtend<MailDraft>();
    },
  );

  it.each([
    'from',
    'sender',
    'replyTo',
    'cc',
    'bcc',
    'html',
    'text',
    'headers',
    'attachments',
    'alternatives',
    'calendar',
    'list',
    'stream',
    'tenant',
    'metadata',
    'idempotencyKey',
    'sendAt',
  ])('has no %s', async (field) => {
    expect(await messagesAgainst({ ...MINIMAL, [field]: 'x' })).toStrictEqual([
      `property ${field} should not exist`,
    ]);
  });

  it.each([
    ['no recipient', { template: 'x' }, 'to must be a string'],
    ['null as recipient', { ...MINIMAL, to: null }, 'to must be a string'],
    ['an object as recipient', { ...MINIMAL, to: { address: 'ada@acme.test' } }, 'to must be a string'],
    ['an empty list', { ...MINIMAL, to: [] }, 'to must name 1 to 10 recipients'],
    [
      'eleven recipients',
      { ...MINIMAL, to: Array.from({ length: 11 }, () => 'ada@acme.test') },
      'to must name 1 to 10 recipients',
    ],
    ['an object in the list', { ...MINIMAL, to: [{ address: 'ada@acme.test' }] }, 'to[0] must be a string'],
    ['a list in the list', { ...MINIMAL, to: [['ada@acme.test']] }, 'to[0] must be a string'],
    ['a comma list', { ...MINIMAL, to: 'ada@acme.test,bob@acme.test' }, 'to must be one mail address'],
    [
      'a wrong address',
      { ...MINIMAL, to: ['ada@acme.test', 'x@localhost'] },
      'to[1] must be one mail address',
    ],
    [
      'a line break',
      { ...MINIMAL, to: 'ada@acme.test\r\nBcc: eve@evil.test' },
      'to must be one mail address',
    ],
    ['no template', { to: 'ada@acme.test' }, 'template must be'],
    ['a template outside', { ...MINIMAL, template: '../x' }, 'template must be'],
    ['a template as object', { ...MINIMAL, template: { type: 'Program' } }, 'template must be a string'],
    ['a subject of two lines', { ...MINIMAL, subject: 'a\nb' }, 'subject must be one line'],
    ['null as subject', { ...MINIMAL, subject: null }, 'subject must be a string'],
    ['an array as context', { ...MINIMAL, context: [] }, 'context must be an object'],
    ['null as context', { ...MINIMAL, context: null }, 'context must be an object'],
    ['a wrong locale', { ...MINIMAL, locale: 'de_AT' }, 'locale must be a BCP 47 language tag'],
  ])('refuses %s and says why, without the address', async (_case, body, reason) => {
    const messages = await messagesAgainst(body);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(reason);
    expect(messages[0]).not.toMatch(/acme|evil|localhost/);
  });
});
