import type { Spool } from '../spool/spool.js';
import type { ContractRunner } from './contract-runner.js';
import { mailsOf, type Clause } from './spool-clause.js';
import { addingClauses } from './spool-contract-adding.js';
import { changingClauses } from './spool-contract-changing.js';
import { claimClauses } from './spool-contract-claims.js';
import { keepingClauses } from './spool-contract-keeping.js';
import { reopeningClauses } from './spool-contract-reopening.js';
import { scheduleClauses } from './spool-contract-schedule.js';
import { TestClock } from './test-clock.js';

/** What the suite asks of an adapter's author. @publicApi */
export interface SpoolContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty spool that lives by this clock, with the default retention. */
  readonly open: (clock: TestClock) => Promise<Spool>;
  /**
   * Opens the store of the spool that was opened last, after that one was closed: for adapters whose mail survives the
   * process.
   */
  readonly reopen?: ((clock: TestClock) => Promise<Spool>) | undefined;
  /** True when whoever opens the store is its only user, so that every earlier claim has ended. @default false */
  readonly isExclusive?: boolean | undefined;
}

/**
 * What every spool must do. Runs in any test runner that has `describe` and `it`.
 *
 * @publicApi
 */
export function describeSpoolContract(options: SpoolContractOptions): void {
  const { describe, it, name, open, reopen, isExclusive = false } = options;
  const clause: Clause = (title, run) => {
    it(title, async () => {
      const clock = new TestClock();
      const spool = await open(clock);
      try {
        await run({ spool, clock, mail: mailsOf(clock) });
      } finally {
        await spool.close();
      }
    });
  };

  describe(`spool contract: ${name}`, () => {
    addingClauses(clause);
    claimClauses(clause);
    scheduleClauses(clause);
    changingClauses(clause);
    keepingClauses(clause);
    if (reopen) reopeningClauses({ it, open, reopen, isExclusive });
  });
}
