import { createHash, type Hash } from 'node:crypto';

/**
 * A digest of a draft as the application wrote it, so that a repeated key is told from a key used twice, and a deploy
 * that changes a template changes nothing. Streams, functions and blobs cannot be read twice; only that they are there
 * counts.
 */
export function draftFingerprint(draft: unknown): string {
  const hash = createHash('sha256');
  feed(hash, draft);
  return hash.digest('base64url');
}

/** Writes a value so that two values give the same bytes only when they are equal: each piece with its length. */
function feed(hash: Hash, value: unknown): void {
  switch (typeof value) {
    case 'string':
      piece(hash, 's', value);
      return;
    case 'number':
    case 'boolean':
    case 'bigint':
      piece(hash, 'n', String(value));
      return;
    case 'object':
      feedObject(hash, value);
      return;
    case 'function':
    case 'symbol':
    case 'undefined':
      piece(hash, 'o', typeof value);
      return;
    default:
  }
}

function feedObject(hash: Hash, value: object | null): void {
  if (value === null) piece(hash, 'o', 'null');
  else if (value instanceof Uint8Array) piece(hash, 'b', createHash('sha256').update(value).digest('base64'));
  else if (value instanceof Date) piece(hash, 'd', String(value.getTime()));
  else if (Array.isArray(value)) {
    piece(hash, 'a', String(value.length));
    for (const item of value) feed(hash, item);
  } else if (isPlain(value)) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    piece(hash, 'm', String(entries.length));
    for (const [key, one] of entries) {
      piece(hash, 'k', key);
      feed(hash, one);
    }
  } else piece(hash, 'o', value.constructor.name);
}

function piece(hash: Hash, kind: string, text: string): void {
  hash.update(`${kind}${Buffer.byteLength(text)}:${text}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
