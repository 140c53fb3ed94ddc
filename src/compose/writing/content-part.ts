import { isUtf8 } from 'node:buffer';
import { buildHeaderValue, encodeWords, parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { canonicalText } from './canonical-text.js';
import { charsetOf, mediaTypeOf } from '../fields/content-type.js';
import { headerField } from './header-text.js';
import type { AlternativePart, AttachmentPart } from '../reading/message-parts.js';
import type { LeafPart } from './mime-part.js';
import { encodeOctets, encodeText, prefersBase64, type EncodedContent } from './transfer-encoding.js';

/** What nodemailer limits an encoded word within a parameter to. */
const MAX_WORD_CHARS = 52;

/** Characters with which a parameter's value is written in quotes. */
const QUOTED = /[\s'"\\;:/=(),<>@[\]?]|^-/;

/**
 * A part of text, whose content type needs no parsing.
 *
 * @internal
 */
export function textPart(contentType: string, text: string): LeafPart {
  return leaf(headerField('Content-Type', contentType), encodeText(canonicalText(text)));
}

/**
 * A further rendering of the content. Text is written like the relay's own, other octets as base64.
 *
 * @internal
 */
export function alternativePart({ contentType, content }: AlternativePart): LeafPart {
  const charset = charsetOf(contentType);
  const isText = contentType.toLowerCase().startsWith('text/') && isUtf8(content);
  if (!isText || (charset !== undefined && charset !== 'utf-8' && charset !== 'us-ascii')) {
    return leaf(contentTypeField(contentType), encodeOctets(content));
  }
  const declared = charset === undefined ? `${contentType}; charset=utf-8` : contentType;
  return leaf(contentTypeField(declared), encodeText(canonicalText(content.toString())));
}

/**
 * An attachment, or an inline part when it has a cid. Always base64, so that its octets arrive as they are, but for
 * a message, which no encoding is allowed for.
 *
 * @see RFC 2046 §5.2.1
 * @internal
 */
export function attachmentPart({
  filename,
  contentType,
  content,
  cid,
  disposition,
}: AttachmentPart): LeafPart {
  const { transferEncoding, octets } =
    mediaTypeOf(contentType) === 'message/rfc822'
      ? ({ transferEncoding: '7bit', octets: content } as const)
      : encodeOctets(content);
  const fields = [
    `Content-Transfer-Encoding: ${transferEncoding}`,
    headerField('Content-Disposition', buildHeaderValue({ value: disposition, params: { filename } })),
  ];
  if (cid !== undefined) fields.unshift(headerField('Content-ID', `<${cid}>`));
  return { kind: 'leaf', contentType: contentTypeField(contentType, filename), fields, octets };
}

function leaf(contentType: string, { transferEncoding, octets }: EncodedContent): LeafPart {
  return { kind: 'leaf', contentType, fields: [`Content-Transfer-Encoding: ${transferEncoding}`], octets };
}

/** Clients older than RFC 2231 look for the file name in `name`. */
function contentTypeField(contentType: string, filename?: string): string {
  const { value, params } = parseHeaderValue(contentType);
  if (filename === undefined) return headerField('Content-Type', buildHeaderValue({ value, params }));
  const { name: _, ...others } = params;
  const word = encodeWords(filename, prefersBase64(filename) ? 'B' : 'Q', MAX_WORD_CHARS, true);
  const name = word !== filename || QUOTED.test(word) ? JSON.stringify(word) : word;
  return headerField('Content-Type', `${buildHeaderValue({ value, params: others })}; name=${name}`);
}
