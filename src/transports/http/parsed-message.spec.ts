import { describe, expect, it } from 'vitest';
import { Inexpressible } from './inexpressible.js';
import { parseMessage } from './parsed-message.js';

const lines = (...all: readonly string[]) => Buffer.from(all.join('\r\n'));

const WHOLE = lines(
  'From: =?UTF-8?B?w4Rkw6QsIHg=?= <a@xn--mnchen-3ya.test>',
  'To: Ada <ada@x.test>, "Q, q" <"q q"@y.test>',
  'Cc: Team: b@x.test, C <c@x.test>;',
  'Reply-To: r@x.test',
  'Subject: =?UTF-8?Q?Gr=C3=B6=C3=9Fe?=',
  'Message-ID: <1@x.test>',
  'Date: Fri, 01 Jan 2027 00:00:00 +0000',
  'List-Unsubscribe: <https://x.test/u?a=1>,',
  ' <mailto:u@x.test>',
  'X-Foo: =?UTF-8?Q?=C3=BC?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: multipart/alternative; boundary=a',
  '',
  '--a',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'see https://x.test',
  '.dot',
  '--a',
  'Content-Type: multipart/related; boundary=r',
  '',
  '--r',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p><img src="cid:logo"></p>',
  '--r',
  'Content-Type: image/png; name=logo.png',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: inline; filename=logo.png',
  '',
  'cG5n',
  '--r--',
  '--a',
  'Content-Type: text/calendar; charset=utf-8; method=REQUEST',
  '',
  'BEGIN:VCALENDAR',
  '--a--',
  '--m',
  'Content-Type: application/octet-stream; name=a.pdf',
  'Content-Transfer-Encoding: base64',
  "Content-Disposition: attachment; filename*0*=utf-8''%C3%BC.pdf",
  '',
  'cGRm',
  '--m',
  'Content-Type: message/rfc822',
  'Content-Disposition: attachment; filename=x.eml',
  '',
  'Subject: inner',
  '',
  'inner text',
  '--m--',
  '',
);

describe('a message taken apart', () => {
  it('is all of it, and nothing that it does not say', async () => {
    const message = await parseMessage(WHOLE);
    expect(message).toMatchObject({
      from: { name: 'Ädä, x', address: 'a@xn--mnchen-3ya.test' },
      to: [
        { name: 'Ada', address: 'ada@x.test' },
        { name: 'Q, q', address: '"q q"@y.test' },
      ],
      cc: [
        { name: '', address: 'b@x.test' },
        { name: 'C', address: 'c@x.test' },
      ],
      replyTo: [{ address: 'r@x.test' }],
      subject: 'Größe',
      renderings: [{ contentType: 'text/calendar; method=REQUEST', content: 'BEGIN:VCALENDAR' }],
    });
    expect(message.text?.trimEnd()).toBe('see https://x.test\n.dot');
    expect(message.html?.trimEnd()).toBe('<p><img src="cid:logo"></p>');
    expect(message.files.map(({ content, ...file }) => ({ ...file, content: content.toString() }))).toEqual([
      { fileName: 'logo.png', contentType: 'image/png', cid: 'logo', content: 'png' },
      { fileName: 'ü.pdf', contentType: 'application/octet-stream', cid: undefined, content: 'pdf' },
      {
        fileName: 'x.eml',
        contentType: 'message/rfc822',
        cid: undefined,
        content: 'Subject: inner\r\n\r\ninner text',
      },
    ]);
  });

  it('keeps every header field that is not made anew, unfolded', async () => {
    expect((await parseMessage(WHOLE)).headers).toEqual([
      ['List-Unsubscribe', '<https://x.test/u?a=1>, <mailto:u@x.test>'],
      ['X-Foo', '=?UTF-8?Q?=C3=BC?='],
    ]);
  });

  it('has no html where it was plain text, and no text where it was html', async () => {
    const plain = await parseMessage(lines('From: a@x.test', '', 'x', ''));
    expect(plain.html).toBeUndefined();
    const rich = await parseMessage(lines('From: a@x.test', 'Content-Type: text/html', '', '<p>x</p>', ''));
    expect(rich.text).toBeUndefined();
  });

  it.each([
    ['no author', ['To: b@x.test']],
    ['two', ['From: a@x.test, b@x.test']],
  ])('has one author, not %s', async (_, header) => {
    await expect(parseMessage(lines(...header, '', 'x', ''))).rejects.toThrow(Inexpressible);
  });
});
