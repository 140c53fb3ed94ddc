import Database from 'better-sqlite3';
import * as kysely from 'kysely';
import { describe, expect, it } from 'vitest';
import { sqlWriter } from '../file/sql-packages.js';
import { writeSuppressionQueries } from './suppression-queries.js';
import { createSuppressionTables, type SuppressionTables } from './suppression-tables.js';

const packages = { Database, kysely };
const database = new Database(':memory:');
for (const statement of createSuppressionTables(sqlWriter(packages), kysely)) {
  database.exec(statement.compile().sql);
}
const queries = writeSuppressionQueries(sqlWriter<SuppressionTables>(packages), kysely);

function planOf(sql: string): readonly string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from(sql.matchAll(/\?/g), () => 1));
  return (rows as readonly { readonly detail: string }[]).map(({ detail }) => detail);
}

describe('the queries of a suppression list', () => {
  it.each(Object.entries(queries))('%s reads no more than it gives back', (_name, { sql }) => {
    expect(planOf(sql).filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([]);
  });
});
