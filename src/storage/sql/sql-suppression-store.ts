import {
  SuppressionStore,
  type BounceMark,
  type StoredPage,
  type StoredQuery,
  type StoredSelector,
  type StoredSuppression,
} from '../../suppression/suppression-store.js';
import type { SpoolClient } from './thread/spool-client.js';

/**
 * The suppression list in the file of a spool, asked through its thread. Nobody else writes to the file, so that it is
 * known without asking whether there is anything in it.
 */
export class SqlSuppressionStore extends SuppressionStore {
  readonly #client: SpoolClient;
  #isEmpty: boolean;

  private constructor(client: SpoolClient, isEmpty: boolean) {
    super();
    this.#client = client;
    this.#isEmpty = isEmpty;
  }

  static async open(client: SpoolClient): Promise<SqlSuppressionStore> {
    const { entries } = await client.ask('pageSuppressions', [{ limit: 1 }]);
    return new SqlSuppressionStore(client, entries.length === 0);
  }

  override get isEmpty(): boolean {
    return this.#isEmpty;
  }

  async find(tenant: string, subjects: readonly string[]): Promise<readonly StoredSuppression[]> {
    return this.#client.ask('findSuppressions', [tenant, subjects]);
  }

  async put(entries: readonly StoredSuppression[], now: number): Promise<void> {
    // Before it is stored: whoever asks meanwhile is to look.
    this.#isEmpty = false;
    await this.#client.ask('putSuppressions', [entries, now]);
  }

  async remove(which: StoredSelector): Promise<number> {
    return this.#client.ask('removeSuppressions', [which]);
  }

  async page(query: StoredQuery): Promise<StoredPage> {
    return this.#client.ask('pageSuppressions', [query]);
  }

  async mark(mark: BounceMark): Promise<number> {
    return this.#client.ask('markBounce', [mark]);
  }

  async clearMarks(tenant: string, subjects: readonly string[], upTo: number): Promise<void> {
    await this.#client.ask('clearBounces', [tenant, subjects, upTo]);
  }
}
