import type { Compilable } from 'kysely';

/** A statement that Kysely wrote once; it is executed with other values each time. */
export interface Query<Given, Row> {
  readonly sql: string;
  /** What stands for each placeholder: a {@link Placeholder} for a given value, or a constant. */
  readonly parameters: readonly unknown[];
  /** Never there: says what goes in and what comes out. */
  readonly signature?: (given: Given) => Row;
}

/** Stands for a value that is given at execution. */
export class Placeholder {
  constructor(readonly name: string) {}
}

/**
 * Writes a query once. `write` sees a placeholder behind every name of `Given`.
 *
 * @example
 * ```ts
 * const mailById = writeQuery((given: { id: string }) => db.selectFrom('mails').selectAll().where('id', '=', given.id));
 * ```
 */
export function writeQuery<Given extends object, Row>(
  write: (given: Given) => Compilable<Row>,
): Query<Given, Row> {
  const given = new Proxy({} as Given, {
    get: (_, name) => new Placeholder(String(name)),
  });
  const { sql, parameters } = write(given).compile();
  return { sql, parameters };
}

/** The values of a query in the order of its placeholders. */
export function bind<Given extends object>(
  { parameters }: Query<Given, unknown>,
  given: Given,
): readonly unknown[] {
  const values = given as Readonly<Record<string, unknown>>;
  return parameters.map((one) => (one instanceof Placeholder ? values[one.name] : one));
}
