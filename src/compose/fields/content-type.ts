import { parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { kindOf } from '../../core/kind-of.js';
import { LONG_BLANK } from '../writing/header-text.js';
import type { Refuse } from './refuse-attachment.js';

const MAX_CHARS = 255;

/** Names as they can be registered (RFC 6838 §4.2), parameters of tokens and quoted text (RFC 2045 §5.1). */
const CONTENT_TYPE =
  /^([a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126})(?: *; *[\w!#$%&'*+.^`{|}~-]+=(?:[\w!#$%&'*+.^`{|}~-]+|"[ !#-[\]-~]*"))*$/i;

/**
 * Checks a content type of the caller and gives its type and subtype in lower case. A part that is itself made of
 * parts is refused: its structure would be the caller's and not the relay's.
 *
 * @internal
 */
export function checkContentType(value: unknown, field: string, refuse: Refuse): string {
  const asked = 'be a content type such as image/png, or text/csv; charset=utf-8';
  if (typeof value !== 'string') return refuse(field, asked, `it is ${kindOf(value)}: pass a string`);
  const isShort = value.length <= MAX_CHARS && !LONG_BLANK.test(value);
  const type = isShort ? mediaTypeOf(value) : undefined;
  if (type === undefined) return refuse(field, asked, 'it is another text: correct it');
  if (type.startsWith('multipart/')) {
    return refuse(field, 'not be a multipart type', 'it is one: give each part as an attachment of its own');
  }
  if (type.startsWith('message/') && type !== 'message/rfc822') {
    return refuse(
      field,
      'not be a message type other than message/rfc822',
      'it is one: use application/octet-stream',
    );
  }
  return type;
}

/**
 * Type and subtype of a content type, in lower case; undefined when it is not one.
 *
 * @internal
 */
export function mediaTypeOf(contentType: string): string | undefined {
  return CONTENT_TYPE.exec(contentType)?.[1]?.toLowerCase();
}

/**
 * The `charset` parameter in lower case.
 *
 * @internal
 */
export function charsetOf(contentType: string): string | undefined {
  return parseHeaderValue(contentType).params['charset']?.toLowerCase();
}
