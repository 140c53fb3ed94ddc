import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanRemoteText, parseSmtpReply } from './smtp-reply.js';

const MEBIBYTE = 1024 * 1024;

describe('parseSmtpReply', () => {
  it.each([
    [
      '250 2.0.0 Ok: queued as 4XyZ',
      { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 4XyZ', consistent: true },
    ],
    ['250', { code: 250, text: '', consistent: true }],
    ['250 ', { code: 250, text: '', consistent: true }],
    ['250\r\n', { code: 250, text: '', consistent: true }],
    ['550 5.7.2', { code: 550, enhanced: '5.7.2', text: '', consistent: true }],
    ['550 5.1.1: No such user', { code: 550, enhanced: '5.1.1', text: 'No such user', consistent: true }],
    ['554 30 Sorry (554.30)', { code: 554, text: '30 Sorry (554.30)', consistent: true }],
    ['403 Not authorized', { code: 403, text: 'Not authorized', consistent: true }],
  ])('reads %j', (raw, expected) => {
    expect(parseSmtpReply(raw)).toEqual(expected);
  });

  it('joins the lines of a reply and removes their codes', () => {
    const raw = [
      '550-5.1.1 The email account that you tried to reach does not exist. Please try',
      "550-5.1.1 double-checking the recipient's email address for typos or",
      '550 5.1.1 unnecessary spaces. - gsmtp',
    ].join('\r\n');
    expect(parseSmtpReply(raw)).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text:
        'The email account that you tried to reach does not exist. Please try ' +
        "double-checking the recipient's email address for typos or unnecessary spaces. - gsmtp",
      consistent: true,
    });
  });

  it.each(['\r\n550 5.1.1 No', '\n\n  550 5.1.1 No', '\r550 5.1.1 No', '\t550 5.1.1 No\r\n\r\n'])(
    'skips what stands before the code: %j',
    (raw) => {
      expect(parseSmtpReply(raw)).toEqual({ code: 550, enhanced: '5.1.1', text: 'No', consistent: true });
    },
  );

  it.each(['550 550 5.1.1 No', '550 5.1.1 550 5.1.1 No', '550 5.1.1 5.1.1 No', '550-550-5.1.1 No'])(
    'strips codes that are repeated: %j',
    (raw) => {
      expect(parseSmtpReply(raw)).toEqual({ code: 550, enhanced: '5.1.1', text: 'No', consistent: true });
    },
  );

  it('keeps a second enhanced code that says something else', () => {
    expect(parseSmtpReply('550 5.1.1 5.7.1 No')).toMatchObject({ enhanced: '5.1.1', text: '5.7.1 No' });
  });

  it('takes an enhanced code only directly after the basic code', () => {
    expect(parseSmtpReply('550 User 5.1.1 unknown')).toEqual({
      code: 550,
      text: 'User 5.1.1 unknown',
      consistent: true,
    });
    expect(parseSmtpReply('550 #5.1.0 Address rejected')).not.toHaveProperty('enhanced');
    expect(parseSmtpReply('550 5.1.1.7 is no code')).not.toHaveProperty('enhanced');
    expect(parseSmtpReply('550 3.1.1 is no code')).not.toHaveProperty('enhanced');
    expect(parseSmtpReply('550 5.1.1111 is no code')).not.toHaveProperty('enhanced');
  });

  it('takes the enhanced code of the first line that has one', () => {
    expect(parseSmtpReply('550-Sorry\r\n550-5.1.1 unknown\r\n550 5.7.1 user')).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: 'Sorry unknown user',
      consistent: true,
    });
  });

  it('says so when lines begin with different digits', () => {
    expect(parseSmtpReply('250-ok\r\n550 no')).toMatchObject({ code: 250, consistent: false });
    expect(parseSmtpReply('550-no\r\n250 ok')).toMatchObject({ code: 550, consistent: false });
    expect(parseSmtpReply('250-ok\r\nwhat?')).toMatchObject({ code: 250, consistent: false });
    expect(parseSmtpReply('what?\r\n250 ok')).toMatchObject({ code: 0, consistent: false });
    expect(parseSmtpReply('250-ok\r\n251 ok')).toMatchObject({ code: 250, consistent: true });
  });

  it('finds the line that disagrees behind any amount of text', () => {
    const raw = `${'250-ok\r\n'.repeat(10_000)}550 no`;
    expect(parseSmtpReply(raw)).toMatchObject({ code: 250, consistent: false });
    expect(parseSmtpReply(`250-${'a'.repeat(MEBIBYTE)}\r\n550 no`)).toMatchObject({ consistent: false });
  });

  it.each([
    '',
    ' ',
    '\r\n',
    'garbage',
    '25',
    '2500 ok',
    '250ok',
    '123 no reply',
    '999 no reply',
    '600 5.1.1 no reply',
  ])('cannot read %j', (raw) => {
    const reply = parseSmtpReply(raw);
    expect(reply).toMatchObject({ code: 0, consistent: true });
    expect(reply).not.toHaveProperty('enhanced');
  });

  it.each(['a', '\n', '\r\n', ' ', '2', '250 ', '250-\n', '5.1.1 ', '\u0000', '\ud800', '\u20ac'])(
    'reads a mebibyte of %j in no time and keeps at most 4 KiB',
    (part) => {
      const start = performance.now();
      const { text } = parseSmtpReply(`550 ${part.repeat(MEBIBYTE / part.length)}`);
      expect(performance.now() - start).toBeLessThan(1000);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    },
  );

  it('never throws, and is the same when its own text is read again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 200, max: 599 }),
        (text, code) => {
          parseSmtpReply(text);
          const reply = parseSmtpReply(`${code} ${text.replaceAll('\n', ' ')}`);
          expect(reply).toMatchObject({ code, consistent: true });
          expect(cleanRemoteText(reply.text)).toBe(reply.text);
        },
      ),
    );
  });
});

describe('cleanRemoteText', () => {
  it('leaves no character that could forge a line of a log or turn the direction of writing', () => {
    expect(cleanRemoteText('a\r\nb\u0000c\u001b[31md\u0085e\u2028f\u202eg\u2066h\u200fi\u007fj')).toBe(
      'a b c [31md e f g h i j',
    );
  });

  it('leaves single spaces and none at the ends', () => {
    expect(cleanRemoteText('  a \t \u00a0 b  ')).toBe('a b');
  });

  it('keeps text in any language', () => {
    expect(cleanRemoteText('Empf\u00e4nger unbekannt \u2013 \u65e0\u6b64\u7528\u6237 \u{1f600}')).toBe(
      'Empf\u00e4nger unbekannt \u2013 \u65e0\u6b64\u7528\u6237 \u{1f600}',
    );
  });

  it('keeps at most 4 KiB of UTF-8 and never half a character', () => {
    expect(cleanRemoteText('a'.repeat(5000))).toBe('a'.repeat(4096));
    expect(cleanRemoteText('\u20ac'.repeat(5000))).toBe('\u20ac'.repeat(1365));
    expect(cleanRemoteText(`a${'\u{1f600}'.repeat(3000)}`)).toBe(`a${'\u{1f600}'.repeat(1023)}`);
  });

  it('is well-formed, whatever came', () => {
    expect(cleanRemoteText('a\ud800b\udc00')).toBe('a\uFFFDb\uFFFD');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => encodeURIComponent(cleanRemoteText(text))).not.toThrow();
      }),
    );
  });
});
