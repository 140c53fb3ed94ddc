import type { Query } from './query.js';

/**
 * Executes queries within the transaction that is open. SQLite answers at once, a server later; whoever calls awaits
 * either.
 */
export interface SqlConnection {
  first<Given extends object, Row>(
    query: Query<Given, Row>,
    given: Given,
  ): Row | undefined | Promise<Row | undefined>;
  all<Given extends object, Row>(
    query: Query<Given, Row>,
    given: Given,
  ): readonly Row[] | Promise<readonly Row[]>;
  /** @returns how many rows were changed */
  run<Given extends object>(query: Query<Given, unknown>, given: Given): number | Promise<number>;
}
