import type { Compilable, Kysely } from 'kysely';
import { createJournalTables, keyRecipientsByPlace } from './journal-migration.js';
import { firstDueAt } from './first-due-at.js';
import { createSuppressionTables } from './suppression-tables.js';

type KyselyModule = typeof import('kysely');

/** Writes the statements that lead from one version of the tables to the next. */
export type SpoolMigration = (db: Kysely<unknown>, kysely: KyselyModule) => readonly Compilable[];

/**
 * Every version of the tables, forward only: the position in this list is the version it leads to, minus one. What is
 * released is never changed; a change is one more entry.
 */
export const SPOOL_MIGRATIONS: readonly SpoolMigration[] = [
  createTables,
  (db, { sql }) => createJournalTables(db, sql),
  createSuppressionTables,
  ({ schema }, { sql }) => [
    schema
      .createIndex('mails_waiting')
      .on('mails')
      .expression(sql`stream_key, ${firstDueAt(sql)}`)
      .where(sql.ref('due_at'), 'is not', null),
  ],
  (db, { sql }) => keyRecipientsByPlace(db, sql),
];

function createTables({ schema }: Kysely<unknown>, { sql }: KyselyModule): readonly Compilable[] {
  return [
    schema
      .createTable('streams')
      .addColumn('stream_key', 'integer', (column) => column.primaryKey())
      .addColumn('lane', 'text', (column) => column.notNull())
      .addColumn('stream', 'text', (column) => column.notNull())
      .addColumn('pending', 'integer', (column) => column.notNull())
      .addColumn('claimed', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addUniqueConstraint('streams_name', ['lane', 'stream']),
    schema
      .createTable('pauses')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('pauses_key', ['kind', 'name']),
    schema
      .createTable('counters')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'integer', (column) => column.notNull()),
    schema
      .createTable('mails')
      .addColumn('seq', 'integer', (column) => column.primaryKey())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('record_version', 'integer', (column) => column.notNull())
      .addColumn('stream_key', 'integer', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('mail', 'text', (column) => column.notNull())
      .addColumn('recipients', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('crashes', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('idempotency_key', 'text')
      .addColumn('fingerprint', 'text')
      .addColumn('due_at', 'integer')
      .addColumn('ring_at', 'integer')
      .addColumn('rings', 'integer', (column) => column.notNull())
      .addColumn('claim_token', 'text')
      .addColumn('claim_owner', 'text')
      .addColumn('lease_until', 'integer')
      .addColumn('handed_over', 'text')
      .addColumn('abandoned', 'text')
      .addColumn('kept_reason', 'text')
      .addColumn('finished_at', 'integer'),
    schema
      .createTable('messages')
      .addColumn('mail_seq', 'integer', (column) => column.primaryKey())
      .addColumn('encoding', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('octets', 'blob', (column) => column.notNull()),
    schema
      .createIndex('mails_schedule')
      .on('mails')
      .columns(['stream_key', 'ring_at'])
      .where(sql.ref('ring_at'), 'is not', null),
    schema
      .createIndex('mails_pending')
      .on('mails')
      .columns(['stream_key', 'due_at'])
      .where(sql.ref('due_at'), 'is not', null),
    schema
      .createIndex('mails_leases')
      .on('mails')
      .column('lease_until')
      .where(sql.ref('lease_until'), 'is not', null),
    schema
      .createIndex('mails_idempotency')
      .unique()
      .on('mails')
      .columns(['tenant', 'idempotency_key'])
      .where(sql.ref('idempotency_key'), 'is not', null),
    schema
      .createIndex('mails_finished')
      .on('mails')
      .column('finished_at')
      .where(sql<boolean>`finished_at is not null and kept_reason is null`),
    schema
      .createIndex('mails_kept')
      .on('mails')
      .columns(['finished_at', 'seq', 'kept_reason'])
      .where(sql.ref('kept_reason'), 'is not', null),
  ];
}
