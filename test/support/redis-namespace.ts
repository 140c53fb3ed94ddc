import { randomUUID } from 'node:crypto';

/** A namespace no other test uses, on a Redis that tests may share. */
export function newNamespace(): string {
  return `test-${randomUUID().slice(0, 13)}`;
}
