import { randomFillSync } from 'node:crypto';

const TOKEN_BYTES = 16;
const pool = Buffer.allocUnsafe(256 * TOKEN_BYTES);
let used = pool.length;

/** 128 bits: tokens of different workers never meet, even when Redis lost what it knew. Drawn in blocks. */
export function newToken(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const from = used;
  used += TOKEN_BYTES;
  return pool.toString('base64url', from, used);
}
