import { keptReasonOf } from '../../../spool/spool-control.js';
import { earliestDueAt, type SpooledRecipient } from '../../../spool/spooled-mail.js';
import type { MailRow, MailState } from '../tables/spool-queries.js';
import type { CallContext } from './call-context.js';

/** What no claim holds. */
export const UNCLAIMED = {
  claim_token: null,
  claim_owner: null,
  lease_until: null,
  handed_over: null,
} as const;

/** Each telling that leads to no claim doubles the wait for the next, so that a backlog is not told over and over. */
const MAX_DOUBLINGS = 5;

export function ringAgainAt({ moment, settings }: CallContext, rings: number): number {
  return moment.now + settings.ringAgainMs * 2 ** Math.min(rings, MAX_DOUBLINGS);
}

/** The longest time until a mail is told again, milliseconds. */
export function longestRingMs(ringAgainMs: number): number {
  return ringAgainMs * 2 ** MAX_DOUBLINGS;
}

/** When a mail is told next. Whoever makes it due rings it; the schedule is the net below. A ring in a pause is lost. */
export function ringOf(
  context: CallContext,
  streamKey: number,
  dueAt: number,
): Pick<MailState, 'ring_at' | 'rings'> {
  const rung = dueAt <= context.moment.now && !context.pauses.has(context.streams.get(streamKey));
  return rung ? { ring_at: ringAgainAt(context, 0), rings: 1 } : { ring_at: dueAt, rings: 0 };
}

/** The row without its claim, when its worker did not come back. A mark that nobody settled outlives every claim. */
export function abandoned(row: MailRow): MailRow {
  return {
    ...row,
    ...UNCLAIMED,
    crashes: row.crashes + 1,
    abandoned: row.handed_over ?? row.abandoned,
  };
}

/** Writes a mail without a claim where its recipients belong: into the schedule, to what is kept, or to what is finished. */
export async function placeMail(
  context: CallContext,
  row: MailRow,
  changes: Partial<MailState>,
  recipients: readonly SpooledRecipient[],
): Promise<void> {
  const { db, queries, streams, moment } = context;
  const dueAt = earliestDueAt(recipients) ?? null;
  const reason = dueAt === null ? (keptReasonOf({ recipients }) ?? null) : null;
  if (dueAt === null && reason === null) await db.run(queries.removeMessage, { seq: row.seq });
  const pending = Number(dueAt !== null) - Number(row.due_at !== null);
  streams.change(row.stream_key, {
    pending,
    claimed: row.claim_token === null ? 0 : -1,
    bytes: pending * row.bytes,
  });
  await db.run(queries.writeState, {
    ...row,
    ...changes,
    ...UNCLAIMED,
    recipients: JSON.stringify(recipients),
    due_at: dueAt,
    ...(dueAt === null ? { ring_at: null, rings: 0 } : ringOf(context, row.stream_key, dueAt)),
    kept_reason: reason,
    finished_at: dueAt === null ? moment.now : null,
  });
}

/** Sets a mail aside that cannot be read: it is never told or given out again, and never removed by itself. */
export async function setAside({ db, queries, streams, moment }: CallContext, row: MailRow): Promise<void> {
  const wasPending = row.due_at !== null;
  streams.change(row.stream_key, {
    pending: wasPending ? -1 : 0,
    claimed: row.claim_token === null ? 0 : -1,
    bytes: wasPending ? -row.bytes : 0,
  });
  await db.run(queries.writeState, {
    ...row,
    ...UNCLAIMED,
    due_at: null,
    ring_at: null,
    rings: 0,
    kept_reason: 'set-aside',
    finished_at: moment.now,
  });
}
