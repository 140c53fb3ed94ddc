import { encode, wrap } from 'nodemailer/lib/qp';

const MAX_LINE_CHARS = 76;
/** A thousand lines at a time: the encoded text never exists a second time as a whole. */
const BASE64_BLOCK_OCTETS = 57 * 1024;

const NOT_PLAIN = /[^\t\r\n -~]/;

/** Content as it is written into a message: 7-bit lines. @internal */
export interface EncodedContent {
  readonly transferEncoding: '7bit' | 'quoted-printable' | 'base64';
  readonly octets: Buffer;
}

/**
 * Encodes text with CRLF line ends: as it is where that is fit for the wire, else in the encoding that is easier to
 * read. An unpaired surrogate becomes U+FFFD.
 *
 * @see RFC 2045 §6
 * @internal
 */
export function encodeText(text: string): EncodedContent {
  if (!hasLongLine(text) && !NOT_PLAIN.test(text)) {
    return { transferEncoding: '7bit', octets: Buffer.from(text, 'latin1') };
  }
  if (prefersBase64(text)) return encodeOctets(Buffer.from(text));
  return { transferEncoding: 'quoted-printable', octets: Buffer.from(wrap(encode(text)), 'latin1') };
}

/**
 * Encodes any octets.
 *
 * @internal
 */
export function encodeOctets(content: Buffer): EncodedContent {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += BASE64_BLOCK_OCTETS) {
    const block = content.toString('base64', at, Math.min(at + BASE64_BLOCK_OCTETS, content.length));
    let lines = at === 0 ? '' : '\r\n';
    for (let from = 0; from < block.length; from += MAX_LINE_CHARS) {
      lines += (from === 0 ? '' : '\r\n') + block.slice(from, from + MAX_LINE_CHARS);
    }
    blocks.push(Buffer.from(lines, 'latin1'));
  }
  const [only] = blocks;
  return {
    transferEncoding: 'base64',
    octets: blocks.length === 1 && only !== undefined ? only : Buffer.concat(blocks),
  };
}

/**
 * True when quoted-printable would hardly be shorter or easier to read: no more Latin letters than characters that
 * it escapes.
 *
 * @internal
 */
export function prefersBase64(text: string): boolean {
  // Each code unit beyond ASCII takes at least an octet more, so a few letters settle it for most texts.
  const enough = Buffer.byteLength(text) - text.length;
  let letters = 0;
  let escaped = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) escaped++;
    else if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a && ++letters > enough) return false;
  }
  return letters <= escaped;
}

function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\r', start);
    if ((end === -1 ? text.length : end) - start > MAX_LINE_CHARS) return true;
    if (end === -1) return false;
    start = end + 2;
  }
  return false;
}
