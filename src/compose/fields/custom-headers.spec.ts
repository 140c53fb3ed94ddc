import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { checkCustomHeaders } from './custom-headers.js';

function refusalOf(headers: unknown, hasImportance = false): MailRelayError {
  try {
    checkCustomHeaders(headers, hasImportance);
  } catch (error) {
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_DRAFT')).toBe(true);
    return error as MailRelayError;
  }
  throw new Error(`accepted: ${JSON.stringify(headers)}`);
}

describe('checkCustomHeaders', () => {
  it.each([
    [{}],
    [{ 'X-Campaign': 'spring' }],
    [{ 'X-Tag': ['a', 'b'] }],
    [{ 'X-Empty': [] }],
    [{ 'X-Absent': undefined }],
    [{ 'Auto-Submitted': 'auto-generated', Precedence: 'bulk' }],
    [{ 'X-SMTPAPI': '{"category": "welcome"}' }],
    [{ 'X-Name': 'Grüße aus Köln' }],
    [{ 'X-Encoded': '%0d%0aBcc: eve =0D=0A +0D+0A' }],
    [{ "!#$%&'*+.^_`|~": 'legal, if odd' }],
    [{ ['X'.repeat(76)]: 'the longest name' }],
    [{ 'X-Long': `${'a'.repeat(980)} ${'b'.repeat(980)}` }],
    [{ 'X-Unfoldable': 'ü'.repeat(5000) }],
    [{ Importance: 'high' }],
    [{ constructor: 'data', toString: 'data', hasOwnProperty: 'data' }],
    [JSON.parse('{"__proto__": "data"}')],
    [Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-${i}`, 'x']))],
  ])('accepts %j', (headers) => {
    expect(() => checkCustomHeaders(headers, false)).not.toThrow();
  });

  it.each([
    ['From', 'draft.from'],
    ['SENDER', 'draft.sender'],
    ['to', 'draft.to'],
    ['Cc', 'draft.cc'],
    ['bCC', 'draft.bcc'],
    ['Reply-To', 'draft.replyTo'],
    ['Subject', 'draft.subject'],
    ['date', 'draft.sendAt'],
    ['Message-ID', 'receipt'],
    ['message-id', 'receipt'],
    ['In-Reply-To', 'draft.inReplyTo'],
    ['References', 'draft.references'],
    ['MIME-Version', 'the relay writes it'],
    ['Content-Type', 'draft.attachments'],
    ['Content-Transfer-Encoding', 'draft.attachments'],
    ['content-foo', 'draft.attachments'],
    ['Return-Path', 'servers'],
    ['Received', 'servers'],
    ['Authentication-Results', 'servers'],
    ['ARC-Seal', 'servers'],
    ['DKIM-Signature', 'signs'],
    ['Resent-From', 'new mail'],
    ['List-Unsubscribe', 'draft.list.unsubscribe'],
    ['List-Unsubscribe-Post', 'draft.list.unsubscribe.oneClick'],
    ['List-Id', 'draft.list.id'],
    ['X-Mail-Relay-Stream', 'prefix'],
    ['x-mail-relay-', 'prefix'],
  ])('refuses the reserved header %s and says what to use: %s', (name, remedy) => {
    const error = refusalOf({ [name]: 'x' });
    expect(error.field).toBe(`headers.${name}`);
    expect(error.message).toContain(remedy);
  });

  it.each(['Importance', 'X-Priority', 'priority', 'X-MSMail-Priority'])(
    'refuses %s beside draft.importance only',
    (name) => {
      expect(refusalOf({ [name]: '1' }, true).message).toContain('draft.importance');
      expect(() => checkCustomHeaders({ [name]: '1' }, false)).not.toThrow();
    },
  );

  it.each(['', ' ', 'X A', 'X:A', 'Bcc ', ' Bcc', 'X\r\nBcc', 'X\0', 'X\t', 'Ü', 'X\u2028', 'X'.repeat(77)])(
    'refuses the name %j without repeating it',
    (name) => {
      const error = refusalOf({ 'X-Good': 'x', [name]: 'x' });
      expect(error.field).toBe('headers[1]');
      if (name.trim() !== '') expect(error.message).not.toContain(name);
    },
  );

  it.each([
    ['CR', 'a\rb', 'U+000D'],
    ['LF', 'a\nb', 'U+000A'],
    ['CRLF', 'a\r\nBcc: eve@evil.test', 'U+000D'],
    ['a folded line', 'a\r\n b', 'U+000D'],
    ['NUL', 'a\0', 'U+0000'],
    ['DEL', 'a\x7F', 'U+007F'],
    ['a tab', 'a\tb', 'U+0009'],
    ['an escape', '\x1B[2J', 'U+001B'],
    ['NEL', 'a\u0085b', 'U+0085'],
    ['a line separator', 'a\u2028b', 'U+2028'],
    ['a paragraph separator', 'a\u2029b', 'U+2029'],
    ['an unpaired high surrogate', 'a\uD800', 'U+D800'],
    ['an unpaired low surrogate', '\uDC00a', 'U+DC00'],
  ])('refuses %s in a value, naming the character alone', (_, value, character) => {
    const error = refusalOf({ 'X-A': ['fine', value] });
    expect(error.field).toBe('headers.X-A[1]');
    expect(error.message).toContain(character);
    expect(error.message).not.toContain(value);
  });

  it.each([[42], [null], [{ toString: () => 'x' }], [{ prepared: true, value: 'x' }], [true], [[['x']]]])(
    'refuses the value %j, which is no string',
    (value) => {
      expect(refusalOf({ 'X-A': value }).field).toMatch(/^headers\.X-A/);
    },
  );

  it.each([
    ['a blank value', ' '],
    ['a run that does not fit into a line', 'a'.repeat(994)],
    ['blanks that would fill a line', `a${' '.repeat(60)}b`],
  ])('refuses %s', (_, value) => {
    expect(refusalOf({ 'X-A': value }).field).toBe('headers.X-A');
  });

  it('accepts a run that just fits into a line', () => {
    expect(() => checkCustomHeaders({ 'X-A': 'a'.repeat(993) }, false)).not.toThrow();
  });

  it('refuses two keys that differ in case only', () => {
    expect(refusalOf({ 'X-Tag': 'a', 'x-tag': 'b' }).field).toBe('headers.x-tag');
  });

  it('refuses two values of a header that a message holds once', () => {
    expect(refusalOf({ 'Feedback-ID': ['a', 'b'] }).field).toBe('headers.Feedback-ID');
  });

  it('counts values, not keys', () => {
    expect(refusalOf({ 'X-A': Array.from({ length: 101 }, () => 'x') }).field).toBe('headers');
  });

  it.each([[null], ['X-A: b'], [[]], [new Map([['X-A', 'b']])], [new Headers({ 'X-A': 'b' })], [42]])(
    'refuses headers that are no plain object: %j',
    (headers) => {
      expect(refusalOf(headers).field).toBe('headers');
    },
  );

  it('does not see what somebody wrote to a prototype', () => {
    expect(() => checkCustomHeaders(Object.create({ From: 'x' }), false)).not.toThrow();
  });
});
