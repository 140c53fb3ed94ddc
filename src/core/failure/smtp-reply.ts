/**
 * A reply as a server gave it, cleaned for storage and logs.
 *
 * @see RFC 5321 §4.2
 * @publicApi
 */
export interface SmtpReply {
  /** The basic code, 200 to 599; 0 when the reply did not begin with one. */
  readonly code: number;
  /** The enhanced code (RFC 3463) when it stood directly after the basic code: `5.1.1`. */
  readonly enhanced?: string;
  /** The text without codes, lines joined by one space, without control characters, at most 4 KiB. */
  readonly text: string;
  /** False when the lines of one reply begin with different digits: such a reply is never a success. */
  readonly consistent: boolean;
}

const MAX_TEXT_BYTES = 4096;
/** No UTF-16 code unit takes less than a byte, so more of them can never be needed; the rest is for what is removed. */
const MAX_RAW_CHARS = 2 * MAX_TEXT_BYTES;

const BASIC_CODE = /^[\r\n\t ]*(\d{3})(?:[ \t\r-]|$)/;
const ENHANCED_CODE = /^[\t ]*([245]\.\d{1,3}\.\d{1,3})(?:[\s:;,]+|$)/;

/**
 * Reads a reply, possibly of several lines. Never throws, takes time in proportion to the length: what cannot be
 * read comes back with `code: 0`.
 *
 * @param raw the reply as received, lines separated by LF or CRLF
 * @publicApi
 */
export function parseSmtpReply(raw: string): SmtpReply {
  let code: number | undefined;
  let enhanced: string | undefined;
  let consistent = true;
  let text = '';
  // All lines are read for their codes, however long the reply is: a late 550 must not hide behind 8 KiB of 250.
  for (let start = 0; start < raw.length;) {
    const lineFeed = raw.indexOf('\n', start);
    const end = lineFeed === -1 ? raw.length : lineFeed;
    const line = raw.slice(start, Math.min(end, start + MAX_RAW_CHARS));
    start = end + 1;
    if (line.trim() === '') continue;

    const read = readLine(line);
    if (code === undefined) code = read.code;
    else if (firstDigit(read.code) !== firstDigit(code)) consistent = false;
    enhanced ??= read.enhanced;
    if (text.length < MAX_RAW_CHARS) text += ` ${read.text}`;
  }
  const known = code !== undefined && code >= 200 && code <= 599 ? code : 0;
  const reply = { code: known, text: cleanRemoteText(text), consistent };
  return enhanced === undefined || known === 0 ? reply : { ...reply, enhanced };
}

/**
 * Makes text from a remote server safe to store and log: no control characters, no characters that turn the
 * direction of writing, no unpaired surrogates, single spaces, at most 4 KiB of UTF-8.
 *
 * @publicApi
 */
export function cleanRemoteText(text: string): string {
  const cleaned = text
    .slice(0, MAX_RAW_CHARS)
    .replace(/[\p{Cc}\p{Zs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim();
  // A code unit takes at most three bytes.
  if (cleaned.length * 3 <= MAX_TEXT_BYTES) return cleaned;
  // Ends before the character that would not fit.
  const { read } = new TextEncoder().encodeInto(cleaned, new Uint8Array(MAX_TEXT_BYTES));
  return cleaned.slice(0, read).trimEnd();
}

interface ReplyLine {
  readonly code: number;
  readonly enhanced?: string;
  readonly text: string;
}

function readLine(line: string): ReplyLine {
  const basic = BASIC_CODE.exec(line);
  if (!basic) return { code: 0, text: line };
  const [matched, digits = ''] = basic;
  let text = line.slice(matched.length);
  let enhanced: string | undefined;
  // Gateways that pass on another server's reply repeat its codes: `550 550 5.1.1 5.1.1 No such user`.
  for (;;) {
    const code = BASIC_CODE.exec(text);
    if (code?.[1] === digits) {
      text = text.slice(code[0].length);
      continue;
    }
    const detail = ENHANCED_CODE.exec(text);
    if (detail && (enhanced === undefined || detail[1] === enhanced)) {
      enhanced = detail[1];
      text = text.slice(detail[0].length);
      continue;
    }
    break;
  }
  return enhanced === undefined ? { code: Number(digits), text } : { code: Number(digits), enhanced, text };
}

function firstDigit(code: number): number {
  return Math.trunc(code / 100);
}
