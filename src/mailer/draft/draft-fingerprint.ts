import { createHash, type Hash } from 'node:crypto';
import { MailRelayError } from '../../core/mail-relay-error.js';

/** Deeper than drafts are; whoever nests deeper has a cycle. */
const MAX_DEPTH = 100;

/**
 * A digest of a draft as the application wrote it, so that a repeated key is told from a key used twice, and a deploy
 * that changes a template changes nothing. Streams, functions and blobs cannot be read twice; only that they are there
 * counts. Of instances of classes their own fields count.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` for a draft that cannot be compared with another one
 * @internal
 */
export function draftFingerprint(draft: unknown): string {
  const hash = createHash('sha256');
  try {
    feed(hash, draft, 0);
  } catch (cause) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_DRAFT',
      'A draft with an idempotencyKey must be comparable with another one, but reading its values failed, or they ' +
        `are nested more than ${MAX_DEPTH} levels deep: pass plain data without cycles.`,
      { field: 'idempotencyKey', cause },
    );
  }
  return hash.digest('base64url');
}

/** Writes a value so that two values give the same octets only when they are equal: each piece with its length. */
function feed(hash: Hash, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'object':
      return feedObject(hash, value, depth + 1);
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return piece(hash, typeof value, String(value));
    default:
      return piece(hash, 'o', typeof value);
  }
}

function feedObject(hash: Hash, value: object | null, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError('too deep');
  if (value === null) piece(hash, 'o', 'null');
  else if (ArrayBuffer.isView(value)) piece(hash, 'b', digestOf(value));
  else if (value instanceof Date) piece(hash, 'd', String(value.getTime()));
  else if (isReadOnce(value)) piece(hash, 'o', 'stream');
  else if (value instanceof Map) feedList(hash, 'map', [...value].flat(), depth);
  else if (value instanceof Set) feedList(hash, 'set', [...value], depth);
  else if (Array.isArray(value)) feedList(hash, 'list', value, depth);
  else feedFields(hash, value, depth);
}

function feedList(hash: Hash, kind: string, items: readonly unknown[], depth: number): void {
  piece(hash, kind, String(items.length));
  for (const item of items) feed(hash, item, depth);
}

function feedFields(hash: Hash, value: object, depth: number): void {
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  piece(hash, 'fields', String(fields.length));
  for (const [key, one] of fields) {
    piece(hash, 'key', key);
    feed(hash, one, depth);
  }
}

/** Streams and blobs: their fields are the state of reading, not what is read. */
function isReadOnce(value: object): boolean {
  return (
    value instanceof Blob ||
    ['pipe', 'getReader'].some((key) => typeof Reflect.get(value, key) === 'function')
  );
}

function digestOf(view: ArrayBufferView): string {
  const octets = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return createHash('sha256').update(octets).digest('base64');
}

function piece(hash: Hash, kind: string, text: string): void {
  hash.update(`${kind} ${Buffer.byteLength(text)}:${text}`);
}
