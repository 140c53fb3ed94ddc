import type { StoredSuppression } from './suppression-store.js';

/**
 * What a store keeps when an entry is said again.
 *
 * @param before the same tenant, subject, scope and reason
 */
export function mergeSuppression(
  before: StoredSuppression | undefined,
  next: StoredSuppression,
  now: number,
): StoredSuppression {
  if (!before || hasExpired(before, now)) return next;
  const { expiresAt: _, ...entry } = next;
  const expiresAt = longer(before.expiresAt, next.expiresAt);
  return {
    ...entry,
    createdAt: Math.min(before.createdAt, next.createdAt),
    seenAt: Math.max(before.seenAt, next.seenAt),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

export function hasExpired({ expiresAt }: Pick<StoredSuppression, 'expiresAt'>, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function longer(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
