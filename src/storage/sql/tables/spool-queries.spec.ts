import Database from 'better-sqlite3';
import * as kysely from 'kysely';
import { describe, expect, it } from 'vitest';
import { sqlWriter } from '../file/sql-packages.js';
import { SPOOL_MIGRATIONS } from './spool-migrations.js';
import { writeSpoolQueries } from './spool-queries.js';
import type { SpoolTables } from './spool-tables.js';

const packages = { Database, kysely };
const database = new Database(':memory:');
for (const migration of SPOOL_MIGRATIONS) {
  for (const statement of migration(sqlWriter(packages), kysely)) database.exec(statement.compile().sql);
}
const queries = writeSpoolQueries(sqlWriter<SpoolTables>(packages), kysely);

/** What SQLite would do, step by step. */
function planOf(sql: string): readonly string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from(sql.matchAll(/\?/g), () => 1));
  return (rows as readonly { readonly detail: string }[]).map(({ detail }) => detail);
}

/** Small tables, and questions whose answer is as large as what is read. */
const MAY_SCAN: Readonly<Record<string, RegExp>> = {
  streams: /^SCAN streams$/,
  pauses: /^SCAN pauses/,
  keptCounts: /^SCAN mails USING COVERING INDEX mails_kept$|^USE TEMP B-TREE FOR GROUP BY$/,
};

describe('the queries of a spool', () => {
  it.each(Object.entries(queries))('%s reads no more than it gives back', (name, { sql }) => {
    const slow = planOf(sql).filter((step) => /^SCAN|TEMP B-TREE/.test(step));
    expect(slow.filter((step) => !MAY_SCAN[name]?.test(step))).toEqual([]);
  });

  it('write what they were given, each value at its place', () => {
    const { sql, parameters } = queries.renewClaim;
    expect(sql).toMatch(/"lease_until" = \? where "id" = \? and "claim_token" = \?/);
    expect(parameters).toMatchObject([{ name: 'leaseUntil' }, { name: 'id' }, { name: 'token' }]);
  });

  it('would be noticed without their index', () => {
    database.exec('DROP INDEX mails_schedule');
    expect(planOf(queries.dueOfStream.sql).join()).toMatch(/TEMP B-TREE|SCAN/);
  });
});
