import type { MailId } from '../../../core/mail/mail-id.js';
import type { ClaimRequest, Settlement, SpoolCounts } from '../../../spool/spool.js';
import { changedRecipients, type SpooledMail } from '../../../spool/spooled-mail.js';
import type { StoredEvent } from '../events/stored-event.js';
import type { MailRow } from '../tables/spool-queries.js';
import type { CallContext } from './call-context.js';
import {
  dueRecipients,
  readAsFarAsPossible,
  readHandedOver,
  readRecord,
  RECORD_VERSION,
} from './mail-record.js';
import { placeMail, ringOf, setAside, UNCLAIMED } from './mail-state.js';
import type { AddAnswer, ClaimedMail, ClaimKey, SpoolCalls, StoredEntry } from './spool-calls.js';
import { packedBody, SMALL_BODY_BYTES, unpackSmall, type StoredBody } from './stored-body.js';

type Calls = Pick<
  SpoolCalls,
  'add' | 'claim' | 'renew' | 'mark' | 'settle' | 'message' | 'setAside' | 'get' | 'counts'
>;

/** The path of delivery: a mail is added, claimed, marked as handed over, and settled. */
export class DeliveryCalls implements Calls {
  readonly #context: CallContext;
  readonly #tokenPrefix: string;
  /** The file has one writer, and a number that was rolled back is not missed. */
  #lastSeq: number;
  #tokens = 0;

  /**
   * @param opened how often the file was opened: makes the tokens of this process its own
   * @param lastSeq the newest mail when the file was opened; 0 for an empty file
   */
  constructor(context: CallContext, opened: number, lastSeq: number) {
    this.#context = context;
    this.#lastSeq = lastSeq;
    this.#tokenPrefix = `${opened}.`;
  }

  async add(entries: readonly StoredEntry[], claim?: ClaimRequest): Promise<readonly AddAnswer[]> {
    const answers: AddAnswer[] = [];
    for (const entry of entries) answers.push((await this.#known(entry)) ?? (await this.#add(entry, claim)));
    return answers;
  }

  async claim(id: MailId, request: ClaimRequest): Promise<ClaimedMail | undefined> {
    const { db, queries, streams, pauses, moment } = this.#context;
    const row = await db.first(queries.mailById, { id });
    if (!row || row.record_version !== RECORD_VERSION) return undefined;
    if (row.due_at === null || row.due_at > moment.now || holdsLease(row, moment.steady)) return undefined;
    if (!pauses.has(streams.get(row.stream_key))) return this.#claim(row, request);
    // The ring that led here is used up: it is due at once when the pause ends.
    if (row.claim_token === null) {
      await db.run(queries.setRing, { seq: row.seq, ringAt: moment.now, rings: 0 });
    }
    return undefined;
  }

  async renew({ id, token }: ClaimKey, leaseMs: number): Promise<boolean> {
    const { db, queries, moment } = this.#context;
    const changed = await db.run(queries.renewClaim, { id, token, leaseUntil: moment.steady + leaseMs });
    return changed > 0;
  }

  async mark({ id, token }: ClaimKey, transport: string, recipients: readonly string[]): Promise<boolean> {
    const { db, queries } = this.#context;
    const handedOver = JSON.stringify({ transport, recipients });
    return (await db.run(queries.markClaim, { id, token, handedOver })) > 0;
  }

  async settle(
    key: ClaimKey,
    settlement: Omit<Settlement, 'events'>,
    events: readonly StoredEvent[],
  ): Promise<SpooledMail | undefined> {
    const row = await this.#owned(key);
    const record = row && readRecord(row);
    if (!row || !record) return undefined;
    const settled = {
      mail: record.mail,
      recipients: changedRecipients(record.recipients, settlement.recipients),
      attempts: row.attempts + Number(settlement.countAttempt),
    };
    const changes = {
      attempts: settled.attempts,
      // What settles a mark left behind tried nothing, so it says nothing about the mail.
      crashes: row.abandoned === null ? 0 : row.crashes,
      abandoned: null,
    };
    await placeMail(this.#context, row, changes, settled.recipients);
    const { db, queries, events: recorder } = this.#context;
    const journalKey = await recorder.recordNext(events, row);
    if (journalKey !== null && journalKey !== row.journal_key)
      await db.run(queries.setJournalKey, { seq: row.seq, journalKey });
    return settled;
  }

  async message(key: ClaimKey): Promise<StoredBody | undefined> {
    const row = await this.#owned(key);
    return row && this.#body(row.seq, Number.MAX_SAFE_INTEGER);
  }

  async setAside(key: ClaimKey): Promise<void> {
    const row = await this.#owned(key);
    if (row) await setAside(this.#context, row);
  }

  async get(id: MailId): Promise<SpooledMail | undefined> {
    const { db, queries, streams } = this.#context;
    const row = await db.first(queries.mailById, { id });
    return row && readAsFarAsPossible(row, streams.get(row.stream_key));
  }

  async counts(): Promise<SpoolCounts> {
    return this.#context.streams.counts();
  }

  async #known({ tenant, idempotency }: StoredEntry): Promise<AddAnswer | undefined> {
    if (!idempotency) return undefined;
    const { db, queries, streams } = this.#context;
    const row = await db.first(queries.mailByKey, { tenant, key: idempotency.key });
    if (!row) return undefined;
    if (row.fingerprint !== idempotency.fingerprint) return { kind: 'conflict', mailId: row.id };
    return { kind: 'known', spooled: readAsFarAsPossible(row, streams.get(row.stream_key)) };
  }

  async #add(entry: StoredEntry, request: ClaimRequest | undefined): Promise<AddAnswer> {
    const { db, queries, streams, pauses, moment } = this.#context;
    const { id, tenant, mail, recipients, dueAt, keptReason, idempotency, body } = entry;
    const streamKey = await streams.keyOf(entry.lane, entry.stream);
    const claimed =
      request && dueAt !== null && dueAt <= moment.now && !pauses.has(entry)
        ? this.#claimColumns(request)
        : undefined;
    const scheduled =
      dueAt === null || claimed ? { ring_at: null, rings: 0 } : ringOf(this.#context, streamKey, dueAt);
    const journalKey = await this.#context.events.recordFirst(entry.events);
    const seq = ++this.#lastSeq;
    await db.run(queries.addMail, {
      seq,
      id,
      record_version: RECORD_VERSION,
      stream_key: streamKey,
      tenant,
      mail,
      recipients,
      attempts: 0,
      crashes: 0,
      bytes: body.bytes,
      idempotency_key: idempotency?.key ?? null,
      fingerprint: idempotency?.fingerprint ?? null,
      due_at: dueAt,
      ...scheduled,
      ...UNCLAIMED,
      ...claimed,
      abandoned: null,
      kept_reason: keptReason,
      finished_at: dueAt === null ? moment.now : null,
      journal_key: journalKey,
    });
    if (dueAt !== null || keptReason !== null) {
      await db.run(queries.addMessage, { mail_seq: seq, ...packedBody(body) });
    }
    if (dueAt === null) return { kind: 'added' };
    streams.change(streamKey, { pending: 1, claimed: Number(claimed !== undefined), bytes: body.bytes });
    return { kind: 'added', claim: claimed && { token: claimed.claim_token, now: moment.now } };
  }

  /** Gives a mail out; one that cannot be read is set aside instead, and the others go on. */
  async #claim(row: MailRow, request: ClaimRequest): Promise<ClaimedMail | undefined> {
    const { db, queries, streams, moment } = this.#context;
    const record = readRecord(row);
    const message = record && (await this.#readableMessage(row.seq));
    if (!record || !message) {
      await setAside(this.#context, row);
      return undefined;
    }
    const expired = row.claim_token !== null;
    const left = expired ? (row.handed_over ?? row.abandoned) : row.abandoned;
    const crashes = row.crashes + Number(expired);
    const { claim_token: token, claim_owner: owner, lease_until: leaseUntil } = this.#claimColumns(request);
    await db.run(queries.beginClaim, { seq: row.seq, token, owner, leaseUntil, crashes, abandoned: left });
    streams.change(row.stream_key, { claimed: Number(!expired) });
    return {
      token,
      mail: record.mail,
      attempt: row.attempts + 1,
      recipients: dueRecipients(record.recipients, moment.now),
      abandoned: readHandedOver(left),
      crashes,
      message: message.small,
    };
  }

  /** Undefined when there is no message, or not the one that was written. Large ones are read only when they are sent. */
  async #readableMessage(seq: number): Promise<{ readonly small?: Uint8Array | undefined } | undefined> {
    const { db, queries } = this.#context;
    const row = await db.first(queries.messageOf, { seq, maxOctets: SMALL_BODY_BYTES });
    if (!row) return undefined;
    if (row.octets === null) return {};
    try {
      return { small: unpackSmall({ ...row, octets: row.octets }) };
    } catch {
      return undefined;
    }
  }

  async #body(seq: number, maxOctets: number): Promise<StoredBody | undefined> {
    const { db, queries } = this.#context;
    const row = await db.first(queries.messageOf, { seq, maxOctets });
    return row?.octets ? { ...row, octets: row.octets } : undefined;
  }

  async #owned({ id, token }: ClaimKey): Promise<MailRow | undefined> {
    const { db, queries } = this.#context;
    const row = await db.first(queries.mailById, { id });
    return row?.claim_token === token ? row : undefined;
  }

  #claimColumns({ owner, leaseMs }: ClaimRequest) {
    return {
      claim_token: `${this.#tokenPrefix}${++this.#tokens}`,
      claim_owner: owner,
      lease_until: this.#context.moment.steady + leaseMs,
    };
  }
}

export function holdsLease({ claim_token: token, lease_until: until }: MailRow, steady: number): boolean {
  return token !== null && until !== null && until > steady;
}
