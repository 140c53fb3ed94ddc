import type { Compilable, Kysely } from 'kysely';
import type { SuppressionReason, SuppressionScope } from '../../../suppression/suppression.js';

/** The tables of a suppression list; times are milliseconds since the epoch. */
export interface SuppressionTables {
  suppressions: SuppressionsTable;
  bounce_marks: BounceMarksTable;
}

export interface SuppressionsTable {
  tenant: string;
  subject: string;
  scope: SuppressionScope;
  reason: SuppressionReason;
  source: string | null;
  created_at: number;
  seen_at: number;
  expires_at: number | null;
}

export interface BounceMarksTable {
  tenant: string;
  subject: string;
  event_id: string;
  at: number;
}

/** The statements that make them. */
export function createSuppressionTables(
  { schema }: Kysely<unknown>,
  { sql }: typeof import('kysely'),
): readonly Compilable[] {
  return [
    schema
      .createTable('suppressions')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('source', 'text')
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('seen_at', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'integer')
      .addPrimaryKeyConstraint('suppressions_key', ['tenant', 'subject', 'scope', 'reason'])
      .modifyEnd(sql`without rowid`),
    schema
      .createIndex('suppressions_expiry')
      .on('suppressions')
      .column('expires_at')
      .where(sql.ref('expires_at'), 'is not', null),
    schema
      .createTable('bounce_marks')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('event_id', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('bounce_marks_key', ['tenant', 'subject', 'event_id'])
      .modifyEnd(sql`without rowid`),
    schema.createIndex('bounce_marks_age').on('bounce_marks').column('at'),
  ];
}
