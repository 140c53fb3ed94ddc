import { describe, expect, it } from 'vitest';
import { headerText, parseMime, textOf } from './mime-part.js';

const crlf = (...lines: string[]) => Buffer.from(lines.join('\r\n'));

describe('parseMime', () => {
  it('reads a message of one part', () => {
    const part = parseMime(crlf('Subject: Hi', 'Content-Type: text/plain; charset=utf-8', '', 'Grüße', ''));
    expect([part.type, textOf(part), part.parts]).toEqual(['text/plain', 'Grüße\r\n', []]);
  });

  it('takes the transfer encodings off', () => {
    const quoted = parseMime(
      crlf('Content-Transfer-Encoding: quoted-printable', '', 'Gr=C3=BC=C3=9F=', 'e =3D'),
    );
    const base64 = parseMime(crlf('Content-Transfer-Encoding: BASE64', '', 'R3LDvMOf', 'ZQ=='));
    expect([textOf(quoted), textOf(base64)]).toEqual(['Grüße =', 'Grüße']);
  });

  it.each([
    ['iso-8859-1', 'Gr=FC=DFe'],
    ['no-such-charset', 'Gr=FC=DFe'],
  ])('reads the charset %s', (charset, text) => {
    const part = parseMime(
      crlf(
        `Content-Type: text/plain; charset="${charset}"`,
        'Content-Transfer-Encoding: quoted-printable',
        '',
        text,
      ),
    );
    expect(textOf(part)).toBe('Grüße');
  });

  it('reads parts within parts', () => {
    const part = parseMime(
      crlf(
        'Content-Type: multipart/mixed; boundary="outer"',
        '',
        'preamble',
        '--outer',
        'Content-Type: multipart/alternative;',
        ' boundary=inner',
        '',
        '--inner',
        '',
        'text',
        '--inner',
        'Content-Type: text/html',
        '',
        '<p>--outer in a line</p>',
        '--inner--',
        '--outer',
        'Content-Type: application/pdf',
        '',
        'PDF',
        '--outer--',
        'epilogue',
      ),
    );
    expect(part.parts.map((one) => one.type)).toEqual(['multipart/alternative', 'application/pdf']);
    const [text, html] = part.parts[0]?.parts ?? [];
    expect(text?.content.toString()).toBe('text');
    expect(html?.content.toString()).toBe('<p>--outer in a line</p>');
  });

  it('ends with what is broken', () => {
    const open = parseMime(crlf('Content-Type: multipart/mixed; boundary=x', '', '--x', '', 'never closed'));
    expect(open.parts[0]?.content.toString()).toBe('never closed');
    expect(parseMime(Buffer.from('no header at all')).content.toString()).toBe('');
    expect(parseMime(Buffer.alloc(0)).parts).toEqual([]);
    expect(parseMime(crlf('Content-Type: multipart/mixed', '', 'no boundary')).content.toString()).toBe(
      'no boundary',
    );
  });

  it('is bounded in depth and number', () => {
    let nested = 'deep';
    for (let i = 0; i < 200; i++)
      nested = `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n${nested}\r\n--b${i}--`;
    expect(depthOf(parseMime(Buffer.from(nested)))).toBeLessThanOrEqual(17);
    const wide = `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\na\r\n'.repeat(100_000)}--x--`;
    expect(parseMime(Buffer.from(wide)).parts.length).toBeLessThan(200);
  });
});

describe('headerText', () => {
  it.each([
    ['Plain', 'Plain'],
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['=?UTF-8?B?R3LDvMOfZQ==?=', 'Grüße'],
    ['=?iso-8859-1?q?Gr=FC_=DFe?= =?utf-8?q?_again?=', 'Grü ße again'],
    ['=?utf-8*de?q?a?= b', 'a b'],
    ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
    ['Grüße', 'Grüße'],
  ])('reads %s', (raw, text) => {
    expect(headerText(parseMime(Buffer.from(`Subject: ${raw}\r\n\r\n`)), 'subject')).toBe(text);
  });

  it('reads a folded field, and nothing for one that is not there', () => {
    const part = parseMime(crlf('To: a@a.test,', ' b@a.test', '', ''));
    expect([headerText(part, 'to'), headerText(part, 'cc')]).toEqual(['a@a.test, b@a.test', '']);
  });
});

function depthOf(part: ReturnType<typeof parseMime>): number {
  return 1 + Math.max(0, ...part.parts.map(depthOf));
}
