import { afterAll, describe, it } from 'vitest';
import { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import type { SuppressionStore } from '../../src/suppression/suppression-store.js';
import { describeSuppressionContract } from '../../src/testing/suppression-contract.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { SpoolFolder } from '../support/spool-folder.js';

const folder = new SpoolFolder();
const spools = new Map<SuppressionStore, SqlSpool>();
afterAll(() => Promise.all(Array.from(spools.values(), (spool) => spool.close())));

describeSuppressionContract({
  describe,
  it,
  name: 'SQLite',
  open: async () => {
    const spool = await SqlSpool.open({ file: folder.file(), relay: 'default', clock: new TestClock() });
    spools.set(spool.suppressions, spool);
    return spool.suppressions;
  },
  close: async (store) => {
    await spools.get(store)?.close();
    spools.delete(store);
  },
});
