import { describe, expect, it } from 'vitest';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { describeSpoolContract, type SpoolContractOptions } from '../../src/testing/spool-contract.js';
import { BROKEN_SPOOLS } from './broken-spools.js';

type Adapter = Pick<SpoolContractOptions, 'open' | 'reopen'>;

/** Runs the suite on an adapter; the clauses by their titles, and those that failed. */
async function runContract(adapter: Adapter): Promise<{ all: readonly string[]; failed: readonly string[] }> {
  const clauses: (readonly [string, () => Promise<void>])[] = [];
  describeSpoolContract({
    describe: (_title, body) => body(),
    it: (title, body) => void clauses.push([title, body]),
    name: 'broken',
    ...adapter,
  });
  const failed: string[] = [];
  for (const [title, run] of clauses) {
    await run().catch(() => failed.push(title));
  }
  return { all: clauses.map(([title]) => title), failed };
}

/** A store in memory that outlives its closing. */
function lasting(): Adapter {
  let spool: MemorySpool;
  return {
    open: async (clock) => {
      spool = new MemorySpool(clock);
      spool.close = async () => undefined;
      return spool;
    },
    reopen: async () => spool,
  };
}

/** Loses everything when it is closed, and says that it does not. */
const forgetful = async (clock: ConstructorParameters<typeof MemorySpool>[0]) => new MemorySpool(clock);

const ADAPTERS: Readonly<Record<string, Adapter>> = {
  ...Object.fromEntries(
    Object.entries(BROKEN_SPOOLS).map(([fault, open]) => [fault, { open: async (clock) => open(clock) }]),
  ),
  'forgets everything when it is closed': { open: forgetful, reopen: forgetful },
};

describe('the spool contract', () => {
  const results = new Map<string, Promise<{ readonly failed: readonly string[] }>>();
  const resultOf = (fault: string, adapter: Adapter) => {
    const known = results.get(fault) ?? runContract(adapter);
    results.set(fault, known);
    return known;
  };

  for (const [fault, adapter] of Object.entries(ADAPTERS)) {
    it(`notices a spool that ${fault}`, async () => {
      expect((await resultOf(fault, adapter)).failed).not.toEqual([]);
    });
  }

  it('passes a store that remembers', async () => {
    expect((await runContract(lasting())).failed).toEqual([]);
  });

  it('has a broken spool for every clause', async () => {
    const { all } = await runContract(lasting());
    const runs = Object.entries(ADAPTERS).map(([fault, adapter]) => resultOf(fault, adapter));
    const noticed = new Set((await Promise.all(runs)).flatMap(({ failed }) => failed));
    expect(all.filter((title) => !noticed.has(title))).toEqual([]);
  });
});
