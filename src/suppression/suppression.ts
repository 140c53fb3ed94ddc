/**
 * Which mail an entry stops: every mail, every mail of a `bulk` stream, or the mail of one stream
 * (`stream:newsletter`).
 *
 * @publicApi
 */
export type SuppressionScope = 'all' | 'marketing' | `stream:${string}`;

/**
 * Why somebody is not mailed. `soft-bounces`: too many of them within a time. `provider`: the provider's own list has
 * it. `unsubscribe` never stops mail of the stream `transactional`.
 *
 * @publicApi
 */
export const SUPPRESSION_REASONS = [
  'hard-bounce',
  'soft-bounces',
  'complaint',
  'unsubscribe',
  'provider',
  'manual',
] as const;

/** One of {@link SUPPRESSION_REASONS}. @publicApi */
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/**
 * An entry of the suppression list: one address or domain, one scope, one reason. Exactly one of `address`, `domain` and
 * `hash` is set.
 *
 * @publicApi
 */
export interface Suppression {
  /** In lower case. */
  readonly address?: string | undefined;
  /** In lower-case A-labels; its subdomains are not meant. */
  readonly domain?: string | undefined;
  /** Stands for an address where the option `suppression.hashKey` is set. */
  readonly hash?: string | undefined;
  readonly scope: SuppressionScope;
  readonly reason: SuppressionReason;
  /** Whose mail is stopped; empty by default. */
  readonly tenant: string;
  /** Who said so: an event's id, a file's name, a person. */
  readonly source?: string | undefined;
  /** When it was said first. */
  readonly createdAt: Date;
  /** When it was said last. */
  readonly seenAt: Date;
  /** When it ends by itself; absent for never. */
  readonly expiresAt?: Date | undefined;
}

/** True for text that names a scope. */
export function isSuppressionScope(text: string): text is SuppressionScope {
  return text === 'all' || text === 'marketing' || /^stream:./.test(text);
}

/** True for text that names a reason. */
export function isSuppressionReason(text: string): text is SuppressionReason {
  const known: readonly string[] = SUPPRESSION_REASONS;
  return known.includes(text);
}
