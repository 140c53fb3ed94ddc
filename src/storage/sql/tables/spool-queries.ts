import type { Kysely, Selectable } from 'kysely';
import type { KeptReason } from '../../../spool/spool-control.js';
import { firstDueAt } from './first-due-at.js';
import { writeQuery } from './query.js';
import type { MailsTable, SpoolTables } from './spool-tables.js';

/** A mail as it lies in its row, without its message. */
export type MailRow = Selectable<MailsTable>;

/** What a change of a mail may write; all of it at once, so that no state is half written. */
export type MailState = Omit<
  MailRow,
  | 'id'
  | 'record_version'
  | 'stream_key'
  | 'tenant'
  | 'bytes'
  | 'idempotency_key'
  | 'fingerprint'
  | 'journal_key'
>;

/** Every statement of a spool, written once when it is opened. */
export type SpoolQueries = ReturnType<typeof writeSpoolQueries>;

export function writeSpoolQueries(db: Kysely<SpoolTables>, { sql }: typeof import('kysely')) {
  const mails = db.selectFrom('mails');
  return {
    mailById: writeQuery((given: { id: string }) => mails.selectAll().where('id', '=', given.id)),
    mailByKey: writeQuery((given: { tenant: string; key: string }) =>
      mails.selectAll().where('tenant', '=', given.tenant).where('idempotency_key', '=', given.key),
    ),

    addMail: writeQuery((given: MailRow) =>
      db.insertInto('mails').values({
        seq: given.seq,
        id: given.id,
        record_version: given.record_version,
        stream_key: given.stream_key,
        tenant: given.tenant,
        mail: given.mail,
        recipients: given.recipients,
        attempts: given.attempts,
        crashes: given.crashes,
        bytes: given.bytes,
        idempotency_key: given.idempotency_key,
        fingerprint: given.fingerprint,
        due_at: given.due_at,
        ring_at: given.ring_at,
        rings: given.rings,
        claim_token: given.claim_token,
        claim_owner: given.claim_owner,
        lease_until: given.lease_until,
        handed_over: given.handed_over,
        abandoned: given.abandoned,
        kept_reason: given.kept_reason,
        finished_at: given.finished_at,
        journal_key: given.journal_key,
      }),
    ),
    setJournalKey: writeQuery((given: { seq: number; journalKey: number }) =>
      db.updateTable('mails').set({ journal_key: given.journalKey }).where('seq', '=', given.seq),
    ),
    addMessage: writeQuery(
      (given: { mail_seq: number; encoding: number; bytes: number; octets: Uint8Array }) =>
        db.insertInto('messages').values({
          mail_seq: given.mail_seq,
          encoding: given.encoding,
          bytes: given.bytes,
          octets: given.octets,
        }),
    ),
    writeState: writeQuery((given: MailState) =>
      db
        .updateTable('mails')
        .set({
          mail: given.mail,
          recipients: given.recipients,
          attempts: given.attempts,
          crashes: given.crashes,
          due_at: given.due_at,
          ring_at: given.ring_at,
          rings: given.rings,
          claim_token: given.claim_token,
          claim_owner: given.claim_owner,
          lease_until: given.lease_until,
          handed_over: given.handed_over,
          abandoned: given.abandoned,
          kept_reason: given.kept_reason,
          finished_at: given.finished_at,
        })
        .where('seq', '=', given.seq),
    ),

    beginClaim: writeQuery(
      (given: {
        seq: number;
        token: string;
        owner: string;
        leaseUntil: number;
        crashes: number;
        abandoned: string | null;
      }) =>
        db
          .updateTable('mails')
          .set({
            claim_token: given.token,
            claim_owner: given.owner,
            lease_until: given.leaseUntil,
            crashes: given.crashes,
            abandoned: given.abandoned,
            handed_over: null,
            ring_at: null,
            rings: 0,
          })
          .where('seq', '=', given.seq),
    ),
    renewClaim: writeQuery((given: { id: string; token: string; leaseUntil: number }) =>
      db
        .updateTable('mails')
        .set({ lease_until: given.leaseUntil })
        .where('id', '=', given.id)
        .where('claim_token', '=', given.token),
    ),
    markClaim: writeQuery((given: { id: string; token: string; handedOver: string }) =>
      db
        .updateTable('mails')
        .set({ handed_over: given.handedOver })
        .where('id', '=', given.id)
        .where('claim_token', '=', given.token),
    ),
    expiredClaims: writeQuery((given: { steady: number; limit: number }) =>
      mails.selectAll().where('lease_until', '<=', given.steady).orderBy('lease_until').limit(given.limit),
    ),
    nextLease: writeQuery(() =>
      mails.select('lease_until as at').where('lease_until', 'is not', null).orderBy('lease_until').limit(1),
    ),

    dueOfStream: writeQuery((given: { streamKey: number; now: number; limit: number }) =>
      mails
        .select(['seq', 'id', 'rings', 'record_version'])
        .where('stream_key', '=', given.streamKey)
        .where('ring_at', '<=', given.now)
        .orderBy('ring_at')
        .limit(given.limit),
    ),
    nextRing: writeQuery((given: { streamKey: number }) =>
      mails
        .select('ring_at as at')
        .where('stream_key', '=', given.streamKey)
        .where('ring_at', 'is not', null)
        .orderBy('ring_at')
        .limit(1),
    ),
    setRing: writeQuery((given: { seq: number; ringAt: number; rings: number }) =>
      db.updateTable('mails').set({ ring_at: given.ringAt, rings: given.rings }).where('seq', '=', given.seq),
    ),
    toldBefore: writeQuery(
      (given: { streamKey: number; ringAt: number; seq: number; until: number; limit: number }) =>
        mails
          .select(['seq', 'ring_at', 'due_at', 'rings'])
          .where('stream_key', '=', given.streamKey)
          .where(sql<boolean>`(ring_at, seq) > (${given.ringAt}, ${given.seq})`)
          .where('ring_at', '<=', given.until)
          .orderBy('ring_at')
          .orderBy('seq')
          .limit(given.limit),
    ),

    // The length of a blob is known without reading it, so a large message costs nothing here.
    messageOf: writeQuery((given: { seq: number; maxOctets: number }) =>
      db
        .selectFrom('messages')
        .select([
          'encoding',
          'bytes',
          sql<Uint8Array | null>`case when length(octets) <= ${given.maxOctets} then octets end`.as('octets'),
        ])
        .where('mail_seq', '=', given.seq),
    ),
    removeMessage: writeQuery((given: { seq: number }) =>
      db.deleteFrom('messages').where('mail_seq', '=', given.seq),
    ),
    removeMail: writeQuery((given: { seq: number }) => db.deleteFrom('mails').where('seq', '=', given.seq)),

    streams: writeQuery(() => db.selectFrom('streams').selectAll()),
    addStream: writeQuery((given: { lane: string; stream: string }) =>
      db
        .insertInto('streams')
        .values({ lane: given.lane, stream: given.stream, pending: 0, claimed: 0, bytes: 0 })
        .returning('stream_key'),
    ),
    addToStream: writeQuery((given: { key: number; pending: number; claimed: number; bytes: number }) =>
      db
        .updateTable('streams')
        .set((row) => ({
          pending: row('pending', '+', given.pending),
          claimed: row('claimed', '+', given.claimed),
          bytes: row('bytes', '+', given.bytes),
        }))
        .where('stream_key', '=', given.key),
    ),
    oldestPending: writeQuery((given: { streamKey: number }) =>
      mails
        .select('due_at as at')
        .where('stream_key', '=', given.streamKey)
        .where('due_at', 'is not', null)
        .orderBy('due_at')
        .limit(1),
    ),
    waitingLongest: writeQuery((given: { streamKey: number }) =>
      mails
        .select(firstDueAt(sql).as('at'))
        .where('stream_key', '=', given.streamKey)
        .where('due_at', 'is not', null)
        .where(firstDueAt(sql), 'is not', null)
        .orderBy(firstDueAt(sql))
        .limit(1),
    ),

    pauses: writeQuery(() => db.selectFrom('pauses').selectAll()),
    pause: writeQuery((given: { kind: 'lane' | 'stream'; name: string }) =>
      db
        .insertInto('pauses')
        .values({ kind: given.kind, name: given.name })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    resume: writeQuery((given: { kind: 'lane' | 'stream'; name: string }) =>
      db.deleteFrom('pauses').where('kind', '=', given.kind).where('name', '=', given.name),
    ),

    kept: writeQuery(
      (given: {
        reason: KeptReason | null;
        stream: string | null;
        tenant: string | null;
        beforeAt: number;
        beforeSeq: number;
        limit: number;
      }) =>
        mails
          .innerJoin('streams', 'streams.stream_key', 'mails.stream_key')
          .selectAll('mails')
          .where('kept_reason', 'is not', null)
          .where(sql<boolean>`(finished_at, seq) < (${given.beforeAt}, ${given.beforeSeq})`)
          .where(sql<boolean>`(${given.reason} is null or kept_reason = ${given.reason})`)
          .where(sql<boolean>`(${given.stream} is null or streams.stream = ${given.stream})`)
          .where(sql<boolean>`(${given.tenant} is null or tenant = ${given.tenant})`)
          .orderBy('finished_at', 'desc')
          .orderBy('seq', 'desc')
          .limit(given.limit),
    ),
    keptCounts: writeQuery(() =>
      mails
        .select(['kept_reason as reason', db.fn.countAll<number>().as('count')])
        .where('kept_reason', 'is not', null)
        .groupBy('kept_reason'),
    ),
    finishedBefore: writeQuery((given: { before: number; limit: number }) =>
      mails
        .select('seq')
        .where('finished_at', '<=', given.before)
        .where('kept_reason', 'is', null)
        .orderBy('finished_at')
        .limit(given.limit),
    ),
    keptBefore: writeQuery((given: { before: number; limit: number }) =>
      mails
        .select(['seq', 'finished_at'])
        .where('finished_at', '<=', given.before)
        .where('kept_reason', 'is not', null)
        .where('kept_reason', '!=', 'set-aside')
        .orderBy('finished_at')
        .limit(given.limit),
    ),
    unkeep: writeQuery((given: { seq: number }) =>
      db.updateTable('mails').set({ kept_reason: null }).where('seq', '=', given.seq),
    ),

    lastMail: writeQuery(() => mails.select((row) => row.fn.max('seq').as('seq'))),
    claims: writeQuery((given: { limit: number }) =>
      mails.selectAll().where('lease_until', 'is not', null).limit(given.limit),
    ),
    counter: writeQuery((given: { name: string }) =>
      db
        .insertInto('counters')
        .values({ name: given.name, value: 1 })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((row) => ({ value: row('counters.value', '+', 1) })),
        )
        .returning('value'),
    ),
  };
}
