/** Every character that may end a line, a command or a field somewhere, by a name for the tests. */
export const BREAKS: ReadonlyMap<string, string> = new Map([
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['NUL', '\0'],
  ['DEL', '\x7f'],
  ['BEL', '\x07'],
  ['BS', '\b'],
  ['TAB', '\t'],
  ['VT', '\v'],
  ['FF', '\f'],
  ['ESC', '\x1b'],
  ['U+0085', '\u0085'],
  ['U+009B', '\u009b'],
  ['U+2028', '\u2028'],
  ['U+2029', '\u2029'],
  ['an unpaired high surrogate', '\ud83d'],
  ['an unpaired low surrogate', '\ude00'],
]);

/** The same things in forms that somebody on the way may decode. */
export const ENCODED_BREAKS: readonly string[] = [
  '%0d%0aBcc:%20eve@evil.test',
  '=0D=0ABcc: eve@evil.test',
  '+0D+0ARCPT TO:<eve@evil.test>',
  '=?utf-8?Q?=0D=0ABcc:_eve=40evil.test?=',
  '=?utf-8?B?DQpCY2M6IGV2ZUBldmlsLnRlc3Q=?=',
  '\\r\\nBcc: eve@evil.test',
  '&#13;&#10;Bcc: eve@evil.test',
];

/** What would follow a break: a header, a command, a second mail. */
export const INJECTIONS: readonly string[] = [
  'Bcc: eve@evil.test',
  'X-Injected: yes',
  'RCPT TO:<eve@evil.test>',
  'MAIL FROM:<eve@evil.test>',
  'DATA',
  'RSET',
  'QUIT',
  'EHLO evil.test',
  'STARTTLS',
  'AUTH PLAIN AGV2ZQBldmls',
  'BDAT 0 LAST',
];

/** The ends of data that servers disagree about, battery A1 to A8. */
export const SMUGGLING_SEQUENCES: ReadonlyMap<string, string> = new Map([
  ['A1 LF.CRLF', '\n.\r\n'],
  ['A2 CRLF.LF', '\r\n.\n'],
  ['A3 LF.LF', '\n.\n'],
  ['A4 CR.CRLF', '\r.\r\n'],
  ['A5 CR.CR', '\r.\r'],
  ['A6 CRLF.CR', '\r\n.\r'],
  ['A7 CRLF.CRCRLF', '\r\n.\r\r\n'],
  ['A8 CRLF NUL.CRLF', '\r\n\0.\r\n'],
  ['the valid end', '\r\n.\r\n'],
]);

/** What stands behind an end of data in an attack: a mail of the attacker's own. */
export const SECOND_MAIL = [
  'MAIL FROM:<eve@evil.test>',
  'RCPT TO:<victim@evil.test>',
  'DATA',
  'Subject: smuggled',
  '',
  'smuggled',
  '.',
  '',
].join('\r\n');

/** What a log, an error or an event must not hold from outside. */
export const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** A text with every line end as LF, and without the line ends that a message may get at its end. */
export function withPlainLineEnds(text: string): string {
  const plain = text.replace(/\r\n|\r/g, '\n');
  let end = plain.length;
  // A regular expression would look at a long run of line ends again from each of them.
  while (plain[end - 1] === '\n') end--;
  return plain.slice(0, end);
}
