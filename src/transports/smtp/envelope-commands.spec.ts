import { describe, expect, it } from 'vitest';
import { mailCommand, rcptCommand, unsafeAddress } from './envelope-commands.js';

describe('MAIL and RCPT', () => {
  it.each([
    ['a@a.test', { size: undefined, body8: false, utf8: false }, 'MAIL FROM:<a@a.test>\r\n'],
    ['', { size: 5, body8: true, utf8: false }, 'MAIL FROM:<> SIZE=5 BODY=8BITMIME\r\n'],
    [
      'ü@a.test',
      { size: 0, body8: true, utf8: true },
      'MAIL FROM:<ü@a.test> SIZE=0 BODY=8BITMIME SMTPUTF8\r\n',
    ],
  ])('from %j with %j are one line', (from, parameters, line) => {
    expect(mailCommand(from, parameters)).toBe(line);
  });

  it('name the recipient as it is', () => {
    expect(rcptCommand('"a b"@b.test')).toBe('RCPT TO:<"a b"@b.test>\r\n');
  });
});

describe('an address', () => {
  it.each(['a@b.test', '"quoted local"@b.test', 'ü@b.test', '', '%user@b.test', "o'neil@b.test"])(
    'may be written: %j',
    (address) => {
      expect(unsafeAddress(address)).toBe(false);
    },
  );

  it.each([
    'a@b.test>\r\nRCPT TO:<e@b.test',
    'a@b.test\r\nDATA',
    'a\nb@b.test',
    'a\0@b.test',
    '<a@b.test>',
    'a>b@b.test',
    'a\u007f@b.test',
    'a\u0085@b.test',
    'a\u2028@b.test',
    'a\ud800@b.test',
  ])('may not: %j', (address) => {
    expect(unsafeAddress(address)).toBe(true);
  });
});
