import type { RawBuilder, sql as Sql } from 'kysely';

/** The keys of a mail's recipients: a power of two, so that products of it are exact. */
const KEYS_OF_A_MAIL = 2 ** 20;
/** Where the keys of recipients begin that are not in the envelope. */
const FIRST_OUTSIDE = 2 ** 19;

/** What a recipient with this place has as key: those of a mail lie together, in the order of its envelope. */
export function recipientKeyOf(mailKey: number, place: number): number {
  return mailKey * KEYS_OF_A_MAIL + place;
}

/** The mail of a recipient. */
export function mailKeyOf(recipientKey: number): number {
  return Math.floor(recipientKey / KEYS_OF_A_MAIL);
}

/** Whether a recipient at this place of the envelope has its key from there. */
export function isPlace(place: number): boolean {
  return Number.isSafeInteger(place) && place >= 0 && place < FIRST_OUTSIDE;
}

/** The key of a recipient that is not in the envelope, after `last`, the one before it; undefined for the first. */
export function nextOutsideKey(mailKey: number, last: number | undefined): number {
  const key = last === undefined ? recipientKeyOf(mailKey, FIRST_OUTSIDE) : last + 1;
  if (mailKeyOf(key) !== mailKey) throw new Error('a mail has more recipients than it has keys');
  return key;
}

/** {@link isPlace}, in a statement. */
export function isPlaceIn(sql: typeof Sql, place: unknown): RawBuilder<boolean> {
  return sql`${place} >= 0 and ${place} < ${sql.lit(FIRST_OUTSIDE)}`;
}

/** The first key of a mail's recipients, in a statement. */
export function firstKey(sql: typeof Sql, mailKey: unknown): RawBuilder<number> {
  return sql`${mailKey} * ${sql.lit(KEYS_OF_A_MAIL)}`;
}

/** The first key after those of a mail's recipients, in a statement. */
export function endOfKeys(sql: typeof Sql, mailKey: unknown): RawBuilder<number> {
  return sql`(${mailKey} + 1) * ${sql.lit(KEYS_OF_A_MAIL)}`;
}

/** The first key of recipients that are not in the envelope, in a statement. */
export function firstOutsideKey(sql: typeof Sql, mailKey: unknown): RawBuilder<number> {
  return sql`${mailKey} * ${sql.lit(KEYS_OF_A_MAIL)} + ${sql.lit(FIRST_OUTSIDE)}`;
}

/** The mail of a recipient, in a statement. */
export function mailOfRecipient(sql: typeof Sql, recipientKey: unknown): RawBuilder<number> {
  return sql`${recipientKey} / ${sql.lit(KEYS_OF_A_MAIL)}`;
}
