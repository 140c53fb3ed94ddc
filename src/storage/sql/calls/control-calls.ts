import type { MailId } from '../../../core/mail/mail-id.js';
import {
  cancelledRecipients,
  mayReschedule,
  replayed,
  rescheduled,
  rescheduledRecipients,
  type Change,
  type KeptMail,
  type KeptPage,
  type KeptQuery,
  type KeptReason,
  type MailSelector,
  type PauseTarget,
  type StreamCounts,
} from '../../../spool/spool-control.js';
import { earliestDueAt, type SpooledMail } from '../../../spool/spooled-mail.js';
import type { MailRow } from '../tables/spool-queries.js';
import type { CallContext } from './call-context.js';
import { holdsLease } from './delivery-calls.js';
import { readAsFarAsPossible, readRecord, RECORD_VERSION } from './mail-record.js';
import { abandoned, placeMail } from './mail-state.js';
import type { SpoolCalls } from './spool-calls.js';

type Calls = Pick<
  SpoolCalls,
  | 'cancel'
  | 'reschedule'
  | 'pause'
  | 'resume'
  | 'paused'
  | 'streams'
  | 'kept'
  | 'keptCounts'
  | 'replay'
  | 'discard'
  | 'purge'
>;

/** What people and operators do with the mails of a file. */
export class ControlCalls implements Calls {
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  async cancel(which: MailSelector): Promise<Change> {
    return this.#change(which, (spooled) =>
      earliestDueAt(spooled.recipients) === undefined
        ? undefined
        : { ...spooled, recipients: cancelledRecipients(spooled.recipients) },
    );
  }

  async reschedule(which: MailSelector, dueAt: number): Promise<Change> {
    return this.#change(which, (spooled) =>
      mayReschedule(spooled)
        ? {
            ...spooled,
            mail: rescheduled(spooled.mail, dueAt),
            recipients: rescheduledRecipients(spooled.recipients, dueAt),
          }
        : undefined,
    );
  }

  async pause(target: PauseTarget): Promise<void> {
    await this.#context.pauses.pause(target);
  }

  async resume(target: PauseTarget): Promise<void> {
    await this.#context.pauses.resume(target);
  }

  async paused(): Promise<readonly PauseTarget[]> {
    return this.#context.pauses.all;
  }

  async streams(): Promise<readonly StreamCounts[]> {
    const { db, queries, streams } = this.#context;
    const counts: StreamCounts[] = [];
    for (const { key, lane, stream, pending, claimed } of streams.all) {
      if (pending === 0) continue;
      const oldest = await db.first(queries.oldestPending, { streamKey: key });
      const longest = await db.first(queries.waitingLongest, { streamKey: key });
      counts.push({
        lane,
        stream,
        pending,
        claimed,
        oldestDueAt: oldest?.at ?? undefined,
        waitingSince: longest?.at ?? undefined,
      });
    }
    return counts;
  }

  async kept({ reason, stream, tenant, cursor, limit }: KeptQuery): Promise<KeptPage> {
    const { db, queries } = this.#context;
    const [beforeAt, beforeSeq] = readCursor(cursor);
    const rows = await db.all(queries.kept, {
      reason: reason ?? null,
      stream: stream ?? null,
      tenant: tenant ?? null,
      beforeAt,
      beforeSeq,
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      mails: page.flatMap((row) => this.#keptMail(row) ?? []),
      ...(last && { cursor: `${last.finished_at}.${last.seq}` }),
    };
  }

  async keptCounts(): Promise<Readonly<Record<KeptReason, number>>> {
    const { db, queries } = this.#context;
    const counts = { failed: 0, uncertain: 0, 'set-aside': 0 };
    for (const { reason, count } of await db.all(queries.keptCounts, {})) {
      if (reason !== null) counts[reason] = count;
    }
    return counts;
  }

  async replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined> {
    const { db, queries, moment } = this.#context;
    const row = await this.#keptRow(id);
    const record = row && readRecord(row);
    if (!row || !record) return undefined;
    if (!(await db.first(queries.messageOf, { seq: row.seq, maxOctets: 0 }))) return undefined;
    const again = replayed(record, moment.now, lifetimeMs);
    const changes = { mail: JSON.stringify(again.mail), attempts: 0, crashes: 0, abandoned: null };
    await placeMail(this.#context, row, changes, again.recipients);
    return again;
  }

  async discard(id: MailId): Promise<boolean> {
    const row = await this.#keptRow(id);
    if (row) await this.#discard(row.seq);
    return row !== undefined;
  }

  async purge(limit: number): Promise<number> {
    const { db, queries, settings, moment } = this.#context;
    const { finishedMs, keptMs } = settings.retention;
    const kept = await db.all(queries.keptBefore, { before: moment.now - keptMs, limit });
    for (const { seq, finished_at: finishedAt } of kept) {
      if ((finishedAt ?? 0) + finishedMs <= moment.now) await this.#forget(seq);
      else await this.#discard(seq);
    }
    const finished = await db.all(queries.finishedBefore, {
      before: moment.now - finishedMs,
      limit: limit - kept.length,
    });
    for (const { seq } of finished) await this.#forget(seq);
    return kept.length + finished.length;
  }

  async #change(
    which: MailSelector,
    change: (spooled: SpooledMail) => SpooledMail | undefined,
  ): Promise<Change> {
    const { streams, moment } = this.#context;
    const found = await this.#find(which);
    if (!found) return { kind: 'unknown' };
    // The claim of a worker that did not come back holds nothing; what it handed over does, until it is settled.
    const row = holdsLease(found, moment.steady) || found.claim_token === null ? found : abandoned(found);
    const record = row.record_version === RECORD_VERSION ? readRecord(row) : undefined;
    const held = row.claim_token !== null || row.abandoned !== null;
    const changed = record && !held ? change(record) : undefined;
    if (!changed) {
      return { kind: 'too-late', spooled: record ?? readAsFarAsPossible(row, streams.get(row.stream_key)) };
    }
    const { crashes } = row;
    const changes = { mail: JSON.stringify(changed.mail), crashes };
    await placeMail(this.#context, found, changes, changed.recipients);
    return { kind: 'done', spooled: changed };
  }

  async #find(which: MailSelector): Promise<MailRow | undefined> {
    const { db, queries } = this.#context;
    return 'mailId' in which
      ? db.first(queries.mailById, { id: which.mailId })
      : db.first(queries.mailByKey, { tenant: which.tenant ?? '', key: which.idempotencyKey });
  }

  async #keptRow(id: MailId): Promise<MailRow | undefined> {
    const { db, queries } = this.#context;
    const row = await db.first(queries.mailById, { id });
    return row?.kept_reason == null ? undefined : row;
  }

  async #discard(seq: number): Promise<void> {
    const { db, queries } = this.#context;
    await db.run(queries.removeMessage, { seq });
    await db.run(queries.unkeep, { seq });
  }

  async #forget(seq: number): Promise<void> {
    const { db, queries } = this.#context;
    await db.run(queries.removeMessage, { seq });
    await db.run(queries.removeMail, { seq });
  }

  #keptMail(row: MailRow): KeptMail | undefined {
    const { streams, settings } = this.#context;
    const { kept_reason: keptReason, finished_at: keptAt } = row;
    if (keptReason === null || keptAt === null) return undefined;
    return {
      ...readAsFarAsPossible(row, streams.get(row.stream_key)),
      keptReason,
      keptAt,
      ...(keptReason !== 'set-aside' && { keptUntil: keptAt + settings.retention.keptMs }),
    };
  }
}

/** A cursor that is none leads to no page. */
function readCursor(cursor: string | undefined): readonly [number, number] {
  if (cursor === undefined) return [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const [at, seq] = cursor.split('.').map(Number);
  return [at ?? Number.NaN, seq ?? Number.NaN];
}
