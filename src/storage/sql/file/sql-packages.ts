import type { Kysely } from 'kysely';
import { loadOptional } from '../../../core/optional-package.js';

export interface SqlPackages {
  readonly Database: typeof import('better-sqlite3');
  readonly kysely: typeof import('kysely');
}

/** Loads the packages that only this storage needs. */
export async function loadSqlPackages(): Promise<SqlPackages> {
  return loadOptional('The SQLite storage', 'better-sqlite3@12 kysely@0.28', async () => {
    const [{ default: Database }, kysely] = await Promise.all([import('better-sqlite3'), import('kysely')]);
    return { Database, kysely };
  });
}

/** Kysely as it is used here: it writes statements for SQLite and executes none. */
export function sqlWriter<Tables>({ kysely }: SqlPackages): Kysely<Tables> {
  return new kysely.Kysely<Tables>({
    dialect: {
      createAdapter: () => new kysely.SqliteAdapter(),
      createDriver: () => new kysely.DummyDriver(),
      createIntrospector: (writer) => new kysely.SqliteIntrospector(writer),
      createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
    },
  });
}
