/** One part of a message, read only as far as a preview needs it. @internal */
export interface MimePart {
  /** The media type in lower case: `text/html`. */
  readonly type: string;
  readonly charset: string;
  /** By name in lower case; the first of each, unfolded, not decoded. */
  readonly headers: ReadonlyMap<string, string>;
  /** The octets after the transfer encoding is taken off; empty for a multipart. */
  readonly content: Buffer;
  readonly parts: readonly MimePart[];
}

/** Bounds for messages that are not ours: they come from whoever may relay through the application. */
const MAX_DEPTH = 16;
const MAX_PARTS = 200;

/**
 * Reads a message into its parts. Total: what is broken comes back as text.
 *
 * @see RFC 2045, RFC 2046 §5.1
 * @internal
 */
export function parseMime(message: Buffer): MimePart {
  return readPart(message.toString('latin1'), 0, { left: MAX_PARTS });
}

/** The text of a part in its own charset. @internal */
export function textOf(part: MimePart): string {
  return decodeBytes(part.content, part.charset);
}

/**
 * A header's value with its encoded words decoded.
 *
 * @see RFC 2047
 * @internal
 */
export function headerText(part: MimePart, name: string): string {
  const raw = part.headers.get(name) ?? '';
  return raw
    .replace(/(\?=)[ \t]+(?==\?)/g, '$1')
    .replace(
      /=\?([\w-]{1,40})(?:\*[\w-]{1,40})?\?([bq])\?([^?]{0,2000})\?=/gi,
      (_, charset: string, encoding: string, text: string) =>
        decodeBytes(
          encoding.toLowerCase() === 'b'
            ? Buffer.from(text, 'base64')
            : quotedPrintable(text.replaceAll('_', ' ')),
          charset,
        ),
    );
}

function readPart(text: string, depth: number, budget: { left: number }): MimePart {
  budget.left--;
  const end = /^\r?\n/.test(text) ? 0 : text.search(/\r?\n\r?\n/);
  const headers = readHeaders(end === -1 ? text : text.slice(0, end));
  const body = end === -1 ? '' : text.slice(end).replace(/^(?:\r?\n){1,2}/, '');
  const [type = '', ...parameters] = (headers.get('content-type') ?? 'text/plain').split(';');
  const mediaType = type.trim().toLowerCase();
  const boundary = parameterOf(parameters, 'boundary');
  const charset = parameterOf(parameters, 'charset') ?? 'utf-8';
  if (!mediaType.startsWith('multipart/') || boundary === undefined || depth >= MAX_DEPTH) {
    const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? '';
    return { type: mediaType, charset, headers, content: decodeBody(body, encoding), parts: [] };
  }
  const parts: MimePart[] = [];
  for (const section of sectionsOf(body, boundary)) {
    if (budget.left <= 0) break;
    parts.push(readPart(section, depth + 1, budget));
  }
  return { type: mediaType, charset, headers, content: Buffer.alloc(0), parts };
}

function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    // Headers that are UTF-8 although they should not be are shown as what they were meant to be.
    const value = Buffer.from(line.slice(colon + 1).trim(), 'latin1').toString('utf8');
    if (colon > 0 && !headers.has(name)) headers.set(name, value);
  }
  return headers;
}

function* sectionsOf(body: string, boundary: string): Generator<string> {
  const delimiter = `--${boundary}`;
  let from = -1;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue;
    if (from !== -1) yield body.slice(from, at).replace(/\r?\n$/, '');
    if (body.startsWith('--', at + delimiter.length)) return;
    const lineEnd = body.indexOf('\n', at);
    if (lineEnd === -1) return;
    from = lineEnd + 1;
  }
  if (from !== -1) yield body.slice(from);
}

function parameterOf(parameters: readonly string[], name: string): string | undefined {
  for (const parameter of parameters) {
    const at = parameter.indexOf('=');
    if (at !== -1 && parameter.slice(0, at).trim().toLowerCase() === name) {
      return parameter
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
    }
  }
  return undefined;
}

function decodeBody(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  return encoding === 'quoted-printable' ? quotedPrintable(body) : Buffer.from(body, 'latin1');
}

function quotedPrintable(text: string): Buffer {
  const plain = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

function decodeBytes(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
