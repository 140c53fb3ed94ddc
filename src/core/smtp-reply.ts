/**
 * A reply as a server gave it, cleaned for storage and logs.
 *
 * @see RFC 5321 §4.2
 * @publicApi
 */
export interface SmtpReply {
  /** The basic code, 200 to 599; 0 when the line held none. */
  readonly code: number;
  /** The enhanced code (RFC 3463) when it stood directly after the basic code: `5.1.1`. */
  readonly enhanced?: string;
  /** The text without codes, lines joined by one space, without control characters, at most 4 KiB. */
  readonly text: string;
  /** False when the lines of one reply begin with different digits: such a reply is never a success. */
  readonly consistent: boolean;
}

const MAX_TEXT_CHARS = 4096;
const LINE = /^[\r\n ]*(\d{3})(?:[ -]|$)(?:(\d\.\d{1,3}\.\d{1,3})(?=\s|$))?/;

/**
 * Reads a reply, possibly of several lines. Never throws: what cannot be read comes back with `code: 0`.
 *
 * @param raw the reply as received, lines separated by LF or CRLF
 */
export function parseSmtpReply(raw: string): SmtpReply {
  const bounded = raw.length > 2 * MAX_TEXT_CHARS ? raw.slice(0, 2 * MAX_TEXT_CHARS) : raw;
  const texts: string[] = [];
  let code = 0;
  let enhanced: string | undefined;
  let consistent = true;
  let seen = false;
  for (const line of bounded.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const match = LINE.exec(line);
    const lineCode = match ? Number(match[1]) : 0;
    if (!seen) {
      code = lineCode;
      enhanced = match?.[2];
      seen = true;
    } else if (Math.floor(lineCode / 100) !== Math.floor(code / 100)) {
      consistent = false;
    }
    texts.push(match ? line.slice(match[0].length) : line);
  }
  const text = cleanRemoteText(texts.join(' '));
  if (code < 200 || code > 599) code = 0;
  return enhanced === undefined ? { code, text, consistent } : { code, enhanced, text, consistent };
}

/** Makes text from a remote server safe to store and log: no control characters, one space, at most 4 KiB. */
export function cleanRemoteText(text: string): string {
  return (
    text
      .slice(0, 2 * MAX_TEXT_CHARS)
      // eslint-disable-next-line no-control-regex -- control characters are what is removed
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .replace(/ {2,}/g, ' ')
      .trim()
      .slice(0, MAX_TEXT_CHARS)
  );
}
