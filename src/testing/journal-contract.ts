import type { JournalRetention, JournalStore } from '../journal/journal-store.js';
import type { ContractRunner } from './contract-runner.js';
import { KEEPS_ALL, type JournalClause } from './journal-clause.js';
import { countingClauses } from './journal-contract-counting.js';
import { forgettingClauses } from './journal-contract-forgetting.js';
import { recordingClauses } from './journal-contract-recording.js';
import { searchingClauses } from './journal-contract-searching.js';
import { TestClock } from './test-clock.js';

/** What the suite asks of an adapter's author. @publicApi */
export interface JournalContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty store that lives by this clock. */
  readonly open: (clock: TestClock, retention: JournalRetention) => Promise<JournalStore>;
  /** Ends what `open` began. */
  readonly close?: ((store: JournalStore) => Promise<void>) | undefined;
}

/**
 * What every store of a journal must do. Runs in any test runner that has `describe` and `it`.
 *
 * @publicApi
 */
export function describeJournalContract(options: JournalContractOptions): void {
  const { describe, it, name, open, close } = options;
  const clause: JournalClause = (title, run, retention = {}) => {
    it(title, async () => {
      const clock = new TestClock();
      const store = await open(clock, { ...KEEPS_ALL, ...retention });
      try {
        await run({ store, clock });
      } finally {
        await close?.(store);
      }
    });
  };

  describe(`journal contract: ${name}`, () => {
    recordingClauses(clause);
    searchingClauses(clause);
    countingClauses(clause);
    forgettingClauses(clause);
  });
}
