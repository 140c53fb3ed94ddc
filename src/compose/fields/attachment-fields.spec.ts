import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { checkAlternatives } from './alternative-fields.js';
import { checkAttachments } from './attachment-fields.js';
import { checkCalendar } from './calendar-fields.js';

const ROOTS = { roots: ['/srv/files'] };
const NO_ROOTS = { roots: [] };

function refusalOf(check: () => void): MailRelayError {
  try {
    check();
  } catch (error) {
    if (MailRelayError.is(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

function attachmentRefusal(attachment: unknown, limits = ROOTS): MailRelayError {
  const error = refusalOf(() => checkAttachments([attachment], limits));
  expect(error.code).toBe('ERR_MAIL_RELAY_ATTACHMENT');
  return error;
}

describe('checkAttachments', () => {
  it.each([
    [{ content: 'text' }],
    [{ content: '' }],
    [{ content: new Uint8Array(3) }],
    [{ content: Buffer.from('x') }],
    [{ content: Readable.from(['x']) }],
    [{ content: new Blob(['x']).stream() }],
    [{ content: new Blob(['x']) }],
    [{ content: () => 'x' }],
    [{ content: async () => 'x' }],
    [{ path: '/srv/files/a.pdf' }],
    [{ path: 'files/a.pdf', filename: undefined, contentType: undefined }],
    [{ path: 'C:\\files\\a.pdf', filename: 'a.pdf' }],
    [{ content: 'x', filename: 'Rechnung für März.pdf', disposition: 'inline' }],
    [{ content: 'x', filename: `${'a'.repeat(251)}.pdf` }],
    [{ content: 'x', contentType: 'text/csv; charset=utf-8; header="present; yes"' }],
    [{ content: 'x', contentType: 'application/vnd.ms-excel.sheet+xml' }],
    [{ content: 'x', contentType: 'message/rfc822' }],
    [{ content: 'x', cid: 'logo@acme.test' }],
    [{ content: 'x', cid: 'a'.repeat(250) }],
  ])('accepts %j', (attachment) => {
    expect(() => checkAttachments([attachment], ROOTS)).not.toThrow();
  });

  it.each([
    ['neither content nor path', {}, ''],
    ['content and path', { content: 'x', path: '/srv/files/a' }, ''],
    ['no object', 'a.pdf', ''],
    ['null', null, ''],
    ['a descriptor as content', { content: { path: '/etc/passwd' } }, '.content'],
    ['a URL descriptor as content', { content: { href: 'http://169.254.169.254/' } }, '.content'],
    ['a number as content', { content: 42 }, '.content'],
    ['null as content', { content: null }, '.content'],
    ['an array as content', { content: ['x'] }, '.content'],
    ['an ArrayBuffer as content', { content: new ArrayBuffer(3) }, '.content'],
    ['the field href', { href: 'http://acme.test/a.pdf' }, '.href'],
    ['the field raw', { content: 'x', raw: 'x' }, '.raw'],
    ['the field encoding', { content: 'eA==', encoding: 'base64' }, '.encoding'],
    ['the field headers', { content: 'x', headers: { Bcc: 'x' } }, '.headers'],
    ['a URL object as path', { path: new URL('file:///srv/files/a') }, '.path'],
    ['an empty path', { path: '' }, '.path'],
    ['a NUL in a path', { path: '/srv/files/a\0.pdf' }, '.path'],
    ['a path without a name', { path: '/' }, '.path'],
    ['a path to a hidden bidi name', { path: '/srv/files/a\u202Efdp.exe' }, '.path'],
    ['a disposition of its own', { content: 'x', disposition: 'attachment; x=y' }, '.disposition'],
  ])('refuses %s', (_, attachment, field) => {
    expect(attachmentRefusal(attachment).field).toBe(`attachments[0]${field}`);
  });

  it.each([
    'file:///etc/passwd',
    'http://acme.test/',
    'https://acme.test/',
    'ftp://x/',
    'data:text/plain,x',
    '//host/a',
  ])('refuses the URL %s as a path', (path) => {
    expect(attachmentRefusal({ path }).message).toContain('URLs are never opened');
  });

  it('refuses every path when no root is configured, and names the option', () => {
    const error = attachmentRefusal({ path: '/srv/files/a.pdf' }, NO_ROOTS);
    expect(error.field).toBe('attachments[0].path');
    expect(error.message).toContain('attachments.roots');
    expect(error.message).not.toContain('/srv');
  });

  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    'a/b.pdf',
    'a\\b.pdf',
    '.',
    '..',
    '',
    ' ',
    'a\rb',
    'a\r\nContent-Type: text/html',
    'a\0.pdf',
    'a\t.pdf',
    'a\x7F.pdf',
    'a\u0085.pdf',
    'a\u2028.pdf',
    'a\u2029.pdf',
    'a\uD800.pdf',
    'invoice\u202Efdp.exe',
    'invoice\u2066.pdf',
    'CON',
    'nul.txt',
    'com1.pdf',
    `a${' '.repeat(60)}.exe`,
    'ü'.repeat(128),
    'a'.repeat(10_000),
    42,
    null,
  ])('refuses the file name %j', (filename) => {
    expect(attachmentRefusal({ content: 'x', filename }).field).toBe('attachments[0].filename');
  });

  it.each([
    'text',
    'text/',
    '/plain',
    'text/plain;',
    'text/plain; charset',
    'text/plain; charset=',
    'text/plain; charset=utf-8 x',
    'text/plain; charset="utf-8',
    'text/plain; x="a\\"b"',
    'text/plain\r\nBcc: eve@evil.test',
    'text/plain; name="a\r\nb"',
    'text/plain; x="\u2028"',
    'text/plain; x=ü',
    'text/plain (comment)',
    `text/plain; x="${' '.repeat(60)}"`,
    'text /plain',
    'multipart/mixed',
    'Multipart/Mixed; boundary=x',
    'message/partial',
    'message/external-body; access-type=URL; URL="http://x/"',
    `text/${'x'.repeat(300)}`,
    '',
    42,
    null,
  ])('refuses the content type %j', (contentType) => {
    expect(attachmentRefusal({ content: 'x', contentType }).field).toBe('attachments[0].contentType');
  });

  it.each(['', 'a b', '<a>', 'a>', 'a\r\nb', 'a\0', 'ü', 'a\x7F', 'a'.repeat(251), 42, null])(
    'refuses the cid %j',
    (cid) => {
      expect(attachmentRefusal({ content: 'x', cid }).field).toBe('attachments[0].cid');
    },
  );

  it('refuses a cid that another attachment has', () => {
    const error = refusalOf(() =>
      checkAttachments(
        [
          { content: 'x', cid: 'logo' },
          { content: 'y', cid: 'logo' },
        ],
        ROOTS,
      ),
    );
    expect(error.field).toBe('attachments[1].cid');
  });

  it('refuses more than 100', () => {
    const many = Array.from({ length: 101 }, () => ({ content: 'x' }));
    expect(() => checkAttachments(many.slice(1), ROOTS)).not.toThrow();
    expect(refusalOf(() => checkAttachments(many, ROOTS)).field).toBe('attachments');
  });

  it('checks a hostile content type in linear time', () => {
    const started = performance.now();
    attachmentRefusal({ content: 'x', contentType: `text/plain${'; a=b'.repeat(200_000)};` });
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('never opens anything', () => {
    let opened = false;
    checkAttachments([{ content: () => (opened = true) }], ROOTS);
    expect(opened).toBe(false);
  });
});

describe('checkAlternatives', () => {
  it.each([
    [{ contentType: 'text/x-amp-html', content: '<html amp4email>' }],
    [{ contentType: 'application/ld+json', content: async () => '{}' }],
  ])('accepts %j', (alternative) => {
    expect(() => checkAlternatives([alternative])).not.toThrow();
  });

  it.each([
    ['no content type', { content: 'x' }, '.contentType'],
    ['html', { contentType: 'text/html', content: 'x' }, '.contentType'],
    ['plain text', { contentType: 'Text/Plain; charset=utf-8', content: 'x' }, '.contentType'],
    ['a calendar', { contentType: 'text/calendar', content: 'x' }, '.contentType'],
    ['a multipart', { contentType: 'multipart/related', content: 'x' }, '.contentType'],
    ['a message', { contentType: 'message/rfc822', content: 'x' }, '.contentType'],
    ['no content', { contentType: 'text/x-amp-html' }, '.content'],
    ['a descriptor', { contentType: 'text/x-amp-html', content: { path: '/etc/passwd' } }, '.content'],
    ['a path', { contentType: 'text/x-amp-html', path: '/etc/passwd' }, ''],
    ['no object', 'x', ''],
  ])('refuses %s', (_, alternative, field) => {
    expect(refusalOf(() => checkAlternatives([alternative])).field).toBe(`alternatives[0]${field}`);
  });

  it('refuses more than 10', () => {
    const many = Array.from({ length: 11 }, () => ({ contentType: 'text/x-amp-html', content: 'x' }));
    expect(refusalOf(() => checkAlternatives(many)).field).toBe('alternatives');
  });
});

describe('checkCalendar', () => {
  it('accepts the text alone', () => {
    expect(() => checkCalendar({ content: 'BEGIN:VCALENDAR' })).not.toThrow();
  });

  it.each([
    ['no content', {}, '.content'],
    ['empty content', { content: '' }, '.content'],
    ['a descriptor', { content: { path: '/etc/passwd' } }, '.content'],
    ['a NUL', { content: 'BEGIN\0' }, '.content'],
    ['an unknown method', { content: 'x', method: 'request' }, '.method'],
    ['an injected method', { content: 'x', method: 'REQUEST\r\nBcc: x' }, '.method'],
    ['a path as file name', { content: 'x', filename: '../invite.ics' }, '.filename'],
    ['null', null, ''],
    ['a string', 'BEGIN:VCALENDAR', ''],
  ])('refuses %s', (_, calendar, field) => {
    expect(refusalOf(() => checkCalendar(calendar)).field).toBe(`calendar${field}`);
  });
});
