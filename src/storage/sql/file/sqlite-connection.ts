import type { Database, Statement } from 'better-sqlite3';
import { bind, type Query } from '../tables/query.js';
import type { SqlConnection } from '../tables/sql-connection.js';

/** Executes queries on a SQLite file; each is prepared when it is needed first. */
export class SqliteConnection implements SqlConnection {
  readonly #database: Database;
  readonly #statements = new Map<object, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  first<Given extends object, Row>(query: Query<Given, Row>, given: Given): Row | undefined {
    return this.#prepared(query).get(...bind(query, given)) as Row | undefined;
  }

  all<Given extends object, Row>(query: Query<Given, Row>, given: Given): readonly Row[] {
    return this.#prepared(query).all(...bind(query, given)) as readonly Row[];
  }

  run<Given extends object>(query: Query<Given, unknown>, given: Given): number {
    return this.#prepared(query).run(...bind(query, given)).changes;
  }

  #prepared(query: { readonly sql: string }): Statement {
    let statement = this.#statements.get(query);
    if (!statement) {
      statement = this.#database.prepare(query.sql);
      this.#statements.set(query, statement);
    }
    return statement;
  }
}
