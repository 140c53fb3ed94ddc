import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { SqlSpool, type SqlSpoolOptions } from '../../src/storage/sql/sql-spool.js';
import { TestClock } from '../../src/testing/test-clock.js';

/** A folder for SQLite spools that goes with the tests of a file, and every spool that was opened with each test. */
export class SpoolFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'mail-relay-sql-'));
  readonly #open: SqlSpool[] = [];
  #files = 0;

  constructor() {
    afterEach(async () => {
      for (const spool of this.#open.splice(0)) await spool.close();
    });
    afterAll(() => rmSync(this.dir, { recursive: true }));
  }

  /** A path that nobody used before. */
  file(): string {
    return join(this.dir, 'new', `${++this.#files}.db`);
  }

  async open(file: string, options: Partial<SqlSpoolOptions> = {}): Promise<SqlSpool> {
    const spool = await SqlSpool.open({
      relay: 'default',
      clock: new TestClock(),
      lockWaitMs: 0,
      ...options,
      file,
    });
    this.#open.push(spool);
    return spool;
  }
}
