import Database from 'better-sqlite3';
import * as kysely from 'kysely';
import { describe, expect, it } from 'vitest';
import { sqlWriter } from '../file/sql-packages.js';
import { writeJournalQueries } from './journal-queries.js';
import type { JournalTables } from './journal-tables.js';
import { SPOOL_MIGRATIONS } from './spool-migrations.js';

const packages = { Database, kysely };
const database = new Database(':memory:');
for (const migration of SPOOL_MIGRATIONS) {
  for (const statement of migration(sqlWriter(packages), kysely)) database.exec(statement.compile().sql);
}
const queries = writeJournalQueries(sqlWriter<JournalTables>(packages), kysely);

/** What SQLite would do, step by step. */
function planOf(sql: string): readonly string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from(sql.matchAll(/\?/g), () => 1));
  return (rows as readonly { readonly detail: string }[]).map(({ detail }) => detail);
}

/** What is bounded by the question, not by the tables; and what reads one end of an index. */
const MAY: Readonly<Record<string, RegExp>> = {
  // One recipient: the same address in upper and lower case.
  recipientOf: /TEMP B-TREE FOR ORDER BY/,
  // The events of one mail, which lie together by their recipients.
  eventsOfMail: /TEMP B-TREE FOR ORDER BY/,
  otherEvent: /^SCAN last/,
  lastBefore: /^SCAN some/,
  firstSince: /^SCAN some/,
  floorOfAddress: /^SCAN some/,
  floorOfTag: /^SCAN some/,
  lastEvent: /^SEARCH events/,
  releaseReaders: /^SCAN event_readers/,
  eventsAfter: /^SCAN json_each/,
  eventsAt: /^SCAN json_each/,
  firstMails: /^SCAN journal_mails$/,
  // Only mails that were redirected.
  redirectedFrom: /USING INDEX journal_mails_redirected$|^SCAN json_each/,
  hours: /^SCAN json_each|TEMP B-TREE FOR GROUP BY/,
  domainHours: /^SCAN json_each|TEMP B-TREE FOR GROUP BY/,
};

describe('the queries of a journal', () => {
  it.each(Object.entries(queries))('%s reads no more than it has to', (name, { sql }) => {
    const slow = planOf(sql).filter((step) => /^SCAN|TEMP B-TREE/.test(step));
    expect(slow.filter((step) => !MAY[name]?.test(step))).toEqual([]);
  });
});
