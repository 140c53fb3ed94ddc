import { describe, expect, it } from 'vitest';
import { fileNameOf } from './file-name-parameter.js';
import { parseMime } from './mime-part.js';

const nameIn = (...headers: string[]) =>
  fileNameOf(parseMime(Buffer.from([...headers, '', ''].join('\r\n'))));

describe('fileNameOf', () => {
  it.each([
    ['Content-Disposition: attachment; filename=a.pdf', 'a.pdf'],
    ['Content-Disposition: attachment; filename="a b;.pdf"', 'a b;.pdf'],
    ['Content-Disposition: attachment; filename="a\\"b.pdf"', 'a"b.pdf'],
    ["Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.pdf", '€.pdf'],
    ["Content-Disposition: attachment; filename*=iso-8859-1'de'%FC.pdf", 'ü.pdf'],
    ["Content-Disposition: attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC.pdf", '€.pdf'],
    ['Content-Disposition: attachment; filename*1=".pdf"; filename*0="a"', 'a.pdf'],
    ["Content-Disposition: attachment; filename*=no-such-charset''%41", 'A'],
    ['Content-Type: application/pdf; name="=?utf-8?Q?=E2=82=AC?="', '€'],
  ])('reads %s', (header, name) => {
    expect(nameIn(header)).toBe(name);
  });

  it('has none where the part says none', () => {
    expect(nameIn('Content-Type: text/plain; charset=utf-8')).toBeUndefined();
  });
});
