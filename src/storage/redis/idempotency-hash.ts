import { createHash } from 'node:crypto';

/** An idempotency key as it stands in the name of a key of Redis: keys of applications may hold addresses. */
export function idempotencyHash(tenant: string, key: string): string {
  return createHash('sha256').update(`${tenant}\n${key}`).digest('base64url').slice(0, 27);
}
