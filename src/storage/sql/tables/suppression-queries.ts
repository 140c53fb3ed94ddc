import type { Kysely, Selectable } from 'kysely';
import { writeQuery } from './query.js';
import type { SuppressionsTable, SuppressionTables } from './suppression-tables.js';

export type SuppressionRow = Selectable<SuppressionsTable>;

export type SuppressionKey = Pick<SuppressionRow, 'tenant' | 'subject' | 'scope' | 'reason'>;

/** Every statement of a suppression list, written once when the file is opened. */
export type SuppressionQueries = ReturnType<typeof writeSuppressionQueries>;

export function writeSuppressionQueries(db: Kysely<SuppressionTables>, { sql }: typeof import('kysely')) {
  const entries = db.selectFrom('suppressions');
  const inOrder = entries.selectAll().orderBy('tenant').orderBy('subject').orderBy('scope').orderBy('reason');
  return {
    suppressionsOf: writeQuery((given: { tenant: string; subject: string }) =>
      entries.selectAll().where('tenant', '=', given.tenant).where('subject', '=', given.subject),
    ),
    putSuppression: writeQuery((given: SuppressionRow) =>
      db.replaceInto('suppressions').values({
        tenant: given.tenant,
        subject: given.subject,
        scope: given.scope,
        reason: given.reason,
        source: given.source,
        created_at: given.created_at,
        seen_at: given.seen_at,
        expires_at: given.expires_at,
      }),
    ),
    removeSuppression: writeQuery((given: SuppressionKey) =>
      db
        .deleteFrom('suppressions')
        .where('tenant', '=', given.tenant)
        .where('subject', '=', given.subject)
        .where('scope', '=', given.scope)
        .where('reason', '=', given.reason),
    ),
    expiredSuppressions: writeQuery((given: { now: number; limit: number }) =>
      entries
        .select(['tenant', 'subject', 'scope', 'reason'])
        .where('expires_at', 'is not', null)
        .where('expires_at', '<=', given.now)
        .limit(given.limit),
    ),
    suppressionsAfter: writeQuery((given: { tenant: string; subject: string; limit: number }) =>
      inOrder.where(sql<boolean>`(tenant, subject) > (${given.tenant}, ${given.subject})`).limit(given.limit),
    ),
    suppressionsOfTenantAfter: writeQuery((given: { tenant: string; subject: string; limit: number }) =>
      inOrder.where('tenant', '=', given.tenant).where('subject', '>', given.subject).limit(given.limit),
    ),

    addMark: writeQuery((given: { tenant: string; subject: string; event_id: string; at: number }) =>
      db.replaceInto('bounce_marks').values({
        tenant: given.tenant,
        subject: given.subject,
        event_id: given.event_id,
        at: given.at,
      }),
    ),
    countMarks: writeQuery((given: { tenant: string; subject: string; since: number }) =>
      db
        .selectFrom('bounce_marks')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where('tenant', '=', given.tenant)
        .where('subject', '=', given.subject)
        .where('at', '>=', given.since),
    ),
    marksBefore: writeQuery((given: { before: number; limit: number }) =>
      db
        .selectFrom('bounce_marks')
        .select(['tenant', 'subject', 'event_id'])
        .where('at', '<', given.before)
        .limit(given.limit),
    ),
    removeMark: writeQuery((given: { tenant: string; subject: string; event_id: string }) =>
      db
        .deleteFrom('bounce_marks')
        .where('tenant', '=', given.tenant)
        .where('subject', '=', given.subject)
        .where('event_id', '=', given.event_id),
    ),
    clearMarks: writeQuery((given: { tenant: string; subject: string; upTo: number }) =>
      db
        .deleteFrom('bounce_marks')
        .where('tenant', '=', given.tenant)
        .where('subject', '=', given.subject)
        .where('at', '<=', given.upTo),
    ),
  };
}
