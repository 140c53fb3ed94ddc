import { mergeSuppression } from '../../../suppression/merge-suppression.js';
import type {
  BounceMark,
  StoredPage,
  StoredQuery,
  StoredSelector,
  StoredSuppression,
} from '../../../suppression/suppression-store.js';
import type { SqlConnection } from '../tables/sql-connection.js';
import type { SuppressionQueries, SuppressionRow } from '../tables/suppression-queries.js';

/** What the process asks about suppressions. */
export interface SuppressionCallSet {
  findSuppressions(tenant: string, subjects: readonly string[]): Promise<readonly StoredSuppression[]>;
  putSuppressions(entries: readonly StoredSuppression[], now: number): Promise<void>;
  removeSuppressions(which: StoredSelector): Promise<number>;
  pageSuppressions(query: StoredQuery): Promise<StoredPage>;
  markBounce(mark: BounceMark): Promise<number>;
  clearBounces(tenant: string, subjects: readonly string[], upTo: number): Promise<void>;
}

/** What is over is removed a little at a time, with what is written anyway. */
const CLEANED_PER_CALL = 20;

/** The suppression list in the file. */
export class SuppressionCalls implements SuppressionCallSet {
  readonly #db: SqlConnection;
  readonly #queries: SuppressionQueries;

  constructor(db: SqlConnection, queries: SuppressionQueries) {
    this.#db = db;
    this.#queries = queries;
  }

  async findSuppressions(tenant: string, subjects: readonly string[]): Promise<readonly StoredSuppression[]> {
    const found: StoredSuppression[] = [];
    for (const subject of subjects) found.push(...(await this.#of(tenant, subject)));
    return found;
  }

  async putSuppressions(entries: readonly StoredSuppression[], now: number): Promise<void> {
    for (const entry of entries) {
      const known = await this.#of(entry.tenant, entry.subject);
      const before = known.find(({ scope, reason }) => scope === entry.scope && reason === entry.reason);
      await this.#db.run(this.#queries.putSuppression, rowOf(mergeSuppression(before, entry, now)));
    }
    const limit = CLEANED_PER_CALL;
    for (const key of await this.#db.all(this.#queries.expiredSuppressions, { now, limit })) {
      await this.#db.run(this.#queries.removeSuppression, key);
    }
  }

  async removeSuppressions({ tenant, subjects, scope, reason }: StoredSelector): Promise<number> {
    let removed = 0;
    for (const subject of subjects) {
      for (const entry of await this.#of(tenant, subject)) {
        if (scope !== undefined && entry.scope !== scope) continue;
        if (reason !== undefined && entry.reason !== reason) continue;
        removed += await this.#db.run(this.#queries.removeSuppression, {
          tenant,
          subject,
          scope: entry.scope,
          reason: entry.reason,
        });
      }
    }
    return removed;
  }

  async pageSuppressions({ tenant, cursor, limit }: StoredQuery): Promise<StoredPage> {
    const after = readCursor(cursor);
    const rows =
      tenant === undefined
        ? await this.#db.all(this.#queries.suppressionsAfter, { ...after, limit })
        : await this.#db.all(this.#queries.suppressionsOfTenantAfter, { ...after, tenant, limit });
    const last = rows.at(-1);
    if (!last || rows.length < limit) return { entries: rows.map(entryOf) };
    // Those of the last subject may go on beyond the page.
    const whole = rows.filter((row) => row.tenant !== last.tenant || row.subject !== last.subject);
    const entries = [...whole.map(entryOf), ...(await this.#of(last.tenant, last.subject))];
    return { entries, cursor: JSON.stringify([last.tenant, last.subject]) };
  }

  async markBounce({ tenant, subject, eventId, at, since }: BounceMark): Promise<number> {
    await this.#db.run(this.#queries.addMark, { tenant, subject, event_id: eventId, at });
    const old = await this.#db.all(this.#queries.marksBefore, { before: since, limit: CLEANED_PER_CALL });
    for (const key of old) await this.#db.run(this.#queries.removeMark, key);
    return (await this.#db.first(this.#queries.countMarks, { tenant, subject, since }))?.count ?? 0;
  }

  async clearBounces(tenant: string, subjects: readonly string[], upTo: number): Promise<void> {
    for (const subject of subjects) await this.#db.run(this.#queries.clearMarks, { tenant, subject, upTo });
  }

  async #of(tenant: string, subject: string): Promise<readonly StoredSuppression[]> {
    return (await this.#db.all(this.#queries.suppressionsOf, { tenant, subject })).map(entryOf);
  }
}

function entryOf(row: SuppressionRow): StoredSuppression {
  const { tenant, subject, scope, reason, source, created_at, seen_at, expires_at } = row;
  return {
    tenant,
    subject,
    scope,
    reason,
    ...(source !== null && { source }),
    createdAt: created_at,
    seenAt: seen_at,
    ...(expires_at !== null && { expiresAt: expires_at }),
  };
}

function rowOf(entry: StoredSuppression): SuppressionRow {
  const { tenant, subject, scope, reason, source = null, createdAt, seenAt, expiresAt = null } = entry;
  return {
    tenant,
    subject,
    scope,
    reason,
    source,
    created_at: createdAt,
    seen_at: seenAt,
    expires_at: expiresAt,
  };
}

/** What is no cursor of ours leads to the beginning. */
function readCursor(cursor: string | undefined): { readonly tenant: string; readonly subject: string } {
  try {
    const read: unknown = JSON.parse(cursor ?? '');
    if (Array.isArray(read)) return { tenant: String(read[0]), subject: String(read[1]) };
  } catch {
    // Text that is no JSON.
  }
  return { tenant: '', subject: '' };
}
