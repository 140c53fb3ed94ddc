/**
 * True for a text that can be a bearer token: it stands in a line, and between separators.
 *
 * @see RFC 6750 §2.1
 * @internal
 */
export function isAccessToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value);
}
