import type { SpoolReceipt } from '../../spool/spool.js';
import type { BulkCounts, BulkProblem, QueueManyOptions } from './queue-many-options.js';

/** How many problems a result names. */
const MAX_PROBLEMS = 100;

/** Counts what became of the drafts of a bulk, in bounded memory. */
export class BulkTally {
  readonly problems: BulkProblem[] = [];
  readonly #onProblem: QueueManyOptions['onProblem'];
  #read = 0;
  #queued = 0;
  #deduplicated = 0;
  #failed = 0;

  constructor(onProblem: QueueManyOptions['onProblem']) {
    this.#onProblem = onProblem;
  }

  /** @returns the place of the item that was read, from 0 */
  read(): number {
    return this.#read++;
  }

  stored({ deduplicated }: SpoolReceipt): void {
    if (deduplicated) this.#deduplicated++;
    else this.#queued++;
  }

  async failed({ index, key, error }: BulkProblem): Promise<void> {
    this.#failed++;
    const problem = key === undefined ? { index, error } : { index, key, error };
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
    await this.#onProblem?.(problem);
  }

  counts(): BulkCounts {
    return {
      read: this.#read,
      queued: this.#queued,
      deduplicated: this.#deduplicated,
      failed: this.#failed,
    };
  }
}
