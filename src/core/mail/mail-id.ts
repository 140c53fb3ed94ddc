import { randomFillSync } from 'node:crypto';

/** The relay's own identity of a mail: 26 characters, sortable by time of creation. @publicApi */
export type MailId = string;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const POOL_BYTES = 4096;
const RANDOM_CHARS = 16;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Makes a mail id: 10 characters of time and 16 of randomness (80 bits), in Crockford's base 32, lower case so
 * that it survives case-insensitive systems.
 *
 * @param now milliseconds since the epoch
 */
export function createMailId(now: number): MailId {
  let id = '';
  for (let rest = now, i = 0; i < 10; i++) {
    id = ALPHABET.charAt(rest % 32) + id;
    rest = Math.floor(rest / 32);
  }
  // Randomness is drawn in blocks: one system call serves 256 ids.
  if (used + RANDOM_CHARS > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  for (const end = used + RANDOM_CHARS; used < end; used++) id += ALPHABET.charAt((pool[used] ?? 0) & 31);
  return id;
}

/** The id of the mail that a Message-ID of the relay is made of; of another one, whatever stands before its `@`. */
export function mailIdIn(messageId: string): MailId | undefined {
  return /^<([^@<>]+)@[^@<>]+>$/.exec(messageId)?.[1];
}
