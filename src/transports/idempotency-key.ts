import { createHash } from 'node:crypto';

/**
 * The key under which an API takes a mail once, however often it is asked: the same for the same mail and recipients,
 * so that a try after an ambiguous end is safe; another one for other recipients, who would else get nothing.
 *
 * @internal
 */
export function idempotencyKey(mailId: string, recipients: readonly string[]): string {
  return `${mailId}-${digest(mailId, recipients).toString('base64url').slice(0, 22)}`;
}

/**
 * {@link idempotencyKey} as a UUID of version 8, for APIs that want one.
 *
 * @see RFC 9562 §5.8
 * @internal
 */
export function idempotencyUuid(mailId: string, recipients: readonly string[]): string {
  const octets = digest(mailId, recipients).subarray(0, 16);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x80;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function digest(mailId: string, recipients: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([mailId, recipients.toSorted()]))
    .digest();
}
