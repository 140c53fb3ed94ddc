import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { describeSpoolContract } from '../../src/testing/spool-contract.js';
import type { TestClock } from '../../src/testing/test-clock.js';

let dir = '';
let files = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mail-relay-spools-'));
});
afterAll(() => rm(dir, { recursive: true }));

describeSpoolContract({ describe, it, name: 'memory', open: async (clock) => new MemorySpool(clock) });

const openSqlite = (clock: TestClock, file: number) =>
  SqlSpool.open({ file: join(dir, `${file}.db`), relay: 'default', clock });

describeSpoolContract({
  describe,
  it,
  name: 'SQLite',
  open: (clock) => openSqlite(clock, ++files),
  reopen: (clock) => openSqlite(clock, files),
  isExclusive: true,
});
