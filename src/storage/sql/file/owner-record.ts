import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a file. */
export interface FileOwner {
  readonly pid: number;
  readonly host: string;
  readonly relay: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Says beside the file who holds it: the file itself cannot be read by anybody else. It is for people; what decides is
 * the lock.
 */
export class OwnerRecord {
  readonly #path: string;

  constructor(file: string) {
    this.#path = `${file}.owner`;
  }

  write(relay: string, now: number): void {
    const owner: FileOwner = {
      pid: process.pid,
      host: hostname(),
      relay,
      since: new Date(now).toISOString(),
    };
    try {
      writeFileSync(this.#path, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
    } catch {
      // On a full disk what is stored can still be sent; only the word to others is missing.
    }
  }

  /** Undefined when there is none, or it cannot be read. */
  read(): FileOwner | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return isOwner(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

function isOwner(value: unknown): value is FileOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, relay, since } = value as Partial<FileOwner>;
  return (
    typeof pid === 'number' &&
    [host, relay, since].every((text) => typeof text === 'string' && /^[\w.:-]{1,255}$/.test(text))
  );
}
