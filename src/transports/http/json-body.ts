import { isUtf8 } from 'node:buffer';
import { Inexpressible } from './inexpressible.js';

/** A request body in JSON. @internal */
export function jsonBody(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/**
 * A raw message as a string, for APIs that take it within JSON.
 *
 * @throws Inexpressible when it holds octets that are no UTF-8, which JSON cannot carry
 * @internal
 */
export function messageText(message: Buffer): string {
  if (!isUtf8(message)) throw new Inexpressible('E8BITMIME');
  return message.toString('utf8');
}

/**
 * Header fields as an object, for APIs that take them so.
 *
 * @throws Inexpressible when a name stands there twice, of which only one would be sent
 * @internal
 */
export function headerObject(
  fields: readonly (readonly [name: string, value: string])[],
): Readonly<Record<string, string>> {
  const names = new Set(fields.map(([name]) => name.toLowerCase()));
  if (names.size !== fields.length) throw new Inexpressible('EHEADER');
  return Object.fromEntries(fields);
}

/** A list for an API that refuses empty ones. @internal */
export function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
