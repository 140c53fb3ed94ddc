import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertWireSafe, findWireHazard } from './wire-safety.js';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const HEADER = 'Subject: x\r\n\r\n';

function hazardOf(message: string, utf8Header = false): string | undefined {
  return findWireHazard(Buffer.from(message), { utf8Header });
}

/** The rules written down octet by octet, as slowly as they can be. */
function isSafe(message: string): boolean {
  if (Array.from(message).some((character) => character === '\0' || character > '\x7F')) return false;
  const lines = message.split('\r\n');
  if (lines.some((line) => /[\r\n]/.test(line) || line.length > 998)) return false;
  const end = lines.indexOf('');
  return lines.slice(0, end === -1 ? undefined : end).every((line) => /[^ \t]/.test(line));
}

describe('findWireHazard', () => {
  it.each([
    ['the smallest message', HEADER],
    ['a folded header', 'Subject: x\r\n y\r\n\tz\r\n\r\nbody\r\n'],
    ['lines of dots', `${HEADER}.\r\n..\r\n.a\r\n`],
    ['blank lines in the body', `${HEADER} \r\n\r\n \t \r\n`],
    ['a line of 998 octets', `${HEADER}${'a'.repeat(998)}\r\n`],
    ['a last line without an end', `${HEADER}${'a'.repeat(998)}`],
    ['a header alone', 'Subject: x\r\n'],
    ['nothing', ''],
  ])('passes %s', (_, message) => {
    expect(hazardOf(message)).toBeUndefined();
  });

  it.each([
    ['LF.CRLF', 'a\n.\r\nb\r\n', 'a bare LF at octet 15'],
    ['CRLF.LF', 'a\r\n.\nb\r\n', 'a bare LF at octet 18'],
    ['LF.LF', 'a\n.\nb\r\n', 'a bare LF at octet 15'],
    ['CR.CRLF', 'a\r.\r\nb\r\n', 'a bare CR at octet 15'],
    ['CR.CR', 'a\r.\rb\r\n', 'a bare CR at octet 15'],
    ['CRLF.CR', 'a\r\n.\rb\r\n', 'a bare CR at octet 18'],
    ['CRLF.CRCRLF', 'a\r\n.\r\r\nb\r\n', 'a bare CR at octet 18'],
    ['CRLF NUL.CRLF', 'a\r\n\0.\r\nb\r\n', 'a NUL at octet 17'],
    ['a CR at the end', 'a\r', 'a bare CR at octet 15'],
    ['an LF at the end', 'a\n', 'a bare LF at octet 15'],
    ['an LF before a CR', 'a\n\rb\r\n', 'a bare LF at octet 15'],
    ['a line of 999 octets', `${'a'.repeat(999)}\r\n`, 'a line of more than 998 octets at octet 14'],
    ['a last line of 999 octets', 'a'.repeat(999), 'a line of more than 998 octets at octet 14'],
    ['an 8-bit octet', 'ä', 'an 8-bit octet'],
  ])('names %s', (_, body, hazard) => {
    expect(hazardOf(HEADER + body)).toBe(hazard);
  });

  it('names a blank line within the header, which some servers take for its end', () => {
    expect(hazardOf('Subject: x\r\n \t\r\nBcc: y\r\n\r\nbody')).toBe(
      'a blank line in its header at octet 12',
    );
  });

  it('lets UTF-8 stand in the header alone, and only where it is asked for', () => {
    const message = 'To: <ä@acme.test>\r\n\r\nbody\r\n';
    expect(hazardOf(message)).toBe('an 8-bit octet');
    expect(hazardOf(message, true)).toBeUndefined();
    expect(hazardOf(`${message}ä\r\n`, true)).toBe('an 8-bit octet');
  });

  it('agrees with the rules written down one by one', () => {
    const piece = fc.constantFrom('\r\n', '\r', '\n', '\0', ' ', '\t', '.', 'a', 'ä', ':', 'a'.repeat(997));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const message = pieces.join('');
        expect(hazardOf(message) === undefined).toBe(isSafe(message));
      }),
      { numRuns },
    );
  });
});

describe('assertWireSafe', () => {
  it('refuses a message over the limit with its size', () => {
    const message = Buffer.from(HEADER);
    expect(() => assertWireSafe(message, message.length, { utf8Header: false })).not.toThrow();
    expect(() => assertWireSafe(message, message.length - 1, { utf8Header: false })).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE' }),
    );
  });

  it('refuses a hazard', () => {
    expect(() => assertWireSafe(Buffer.from('a\nb'), 100, { utf8Header: false })).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'message' }),
    );
  });
});
