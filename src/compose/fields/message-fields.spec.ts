import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { releaseContent } from '../reading/content-source.js';
import { checkMessageFields } from './message-fields.js';

const NO_ROOTS = { roots: [] };

function refusalOf(fields: object): MailRelayError {
  try {
    checkMessageFields(fields, NO_ROOTS);
  } catch (error) {
    if (MailRelayError.is(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(fields)}`);
}

describe('checkMessageFields', () => {
  it('accepts a message without any field', () => {
    expect(() => checkMessageFields({}, NO_ROOTS)).not.toThrow();
  });

  it('accepts every field at once', () => {
    const fields = {
      headers: { 'X-A': 'b' },
      list: { id: 'news.acme.test' },
      inReplyTo: '<a.b+c=d/e@[10.0.0.1]>',
      references: ['<a@b>', '<"odd"@c>'],
      importance: 'high',
      attachments: [{ content: 'x' }],
      alternatives: [{ contentType: 'text/x-amp-html', content: 'x' }],
      calendar: { content: 'BEGIN:VCALENDAR', method: 'REQUEST' },
    } as const;
    expect(() => checkMessageFields(fields, NO_ROOTS)).not.toThrow();
  });

  it.each([
    'a@b',
    '<a@b',
    'a@b>',
    '<>',
    '<ab>',
    '<a@b> <c@d>',
    '<a @b>',
    '<a@b>\r\nBcc: eve@evil.test',
    '<a\r\n@b>',
    '<a\0@b>',
    '<ä@b>',
    '<a@b\u2028>',
    `<${'a'.repeat(900)}@b>`,
    '',
    42,
    null,
  ])('refuses the Message-ID %j', (id) => {
    expect(refusalOf({ inReplyTo: id }).field).toBe('inReplyTo');
    expect(refusalOf({ references: ['<a@b>', id] }).field).toBe('references[1]');
  });

  it('refuses references that are no array', () => {
    expect(refusalOf({ references: '<a@b>' }).field).toBe('references');
  });

  it.each(['urgent', 'High', '', null, 1])('refuses the importance %j', (importance) => {
    expect(refusalOf({ importance }).field).toBe('importance');
  });

  it('refuses a priority header beside importance', () => {
    expect(refusalOf({ importance: 'low', headers: { 'X-Priority': '5' } }).field).toBe('headers.X-Priority');
  });

  it('keeps a stream that fails later from ending the process', async () => {
    const stream = new PassThrough();
    checkMessageFields({ attachments: [{ content: stream }] }, NO_ROOTS);
    stream.destroy(new Error('connection reset'));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored?.message).toBe('connection reset');
  });
});

describe('releaseContent', () => {
  it('closes the streams of a draft that is not sent', async () => {
    const stream = new PassThrough();
    let cancelled = false;
    const web = new ReadableStream({ cancel: () => void (cancelled = true) });
    releaseContent({
      attachments: [{ content: stream }, { content: web }, { content: 'text' }, { path: 'a.pdf' }],
    });
    expect(stream.destroyed).toBe(true);
    expect(cancelled).toBe(true);
  });

  it('takes whatever an unchecked draft holds', () => {
    const hostile: Parameters<typeof releaseContent>[0] = JSON.parse(
      '{"attachments":[null,1,{}],"alternatives":7}',
    );
    expect(() => releaseContent(hostile)).not.toThrow();
  });
});
