import type { Clock } from '../../core/schedule/clock.js';
import type { Mail } from '../../core/mail/mail.js';
import type { MailId } from '../../core/mail/mail-id.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import {
  Spool,
  type Claim,
  type ClaimRequest,
  type DueMail,
  type Settlement,
  type SpoolCounts,
  type SpoolEntry,
  type SpooledMail,
  type SpooledRecipient,
  type SpoolReceipt,
} from '../spool.js';
import { DueHeap } from './due-heap.js';

/** Bounds of the memory spool. */
export interface MemorySpoolLimits {
  /** @default 100 000 */
  readonly maxMails?: number | undefined;
  /** Octets of all messages. @default 512 MiB */
  readonly maxBytes?: number | undefined;
  /** How many finished mails stay known, for `status()` and idempotency keys. @default 10 000 */
  readonly maxFinished?: number | undefined;
  /** How long a mail nobody claimed waits until it is told again, milliseconds. @default 30 000 */
  readonly ringAgainMs?: number | undefined;
}

interface ActiveClaim {
  readonly token: string;
  leaseUntil: number;
  handedOver?: { transport: string; recipients: readonly string[] };
}

interface Stored {
  readonly mail: Mail;
  readonly idempotencyKey: string | undefined;
  readonly fingerprint: string | undefined;
  message: Buffer | undefined;
  recipients: readonly SpooledRecipient[];
  attempts: number;
  claim: ActiveClaim | undefined;
  abandoned: Claim['abandoned'];
  /** The one entry of the heap that counts for this mail; older ones are stale. */
  ringAt: number | undefined;
}

/**
 * The spool of tests and of applications that accept to lose what is pending when the process ends. Bounded: a full
 * spool refuses.
 */
export class MemorySpool extends Spool {
  readonly durability = 'memory';
  readonly #clock: Clock;
  readonly #maxMails: number;
  readonly #maxBytes: number;
  readonly #maxFinished: number;
  readonly #ringAgainMs: number;
  readonly #pending = new Map<MailId, Stored>();
  readonly #finished = new Map<MailId, Stored>();
  readonly #claimed = new Map<MailId, Stored>();
  readonly #keys = new Map<string, Stored>();
  readonly #due = new DueHeap();
  #bytes = 0;
  #tokens = 0;

  constructor(clock: Clock, limits: MemorySpoolLimits = {}) {
    super();
    this.#clock = clock;
    this.#maxMails = limits.maxMails ?? 100_000;
    this.#maxBytes = limits.maxBytes ?? 512 * 1024 * 1024;
    this.#maxFinished = limits.maxFinished ?? 10_000;
    this.#ringAgainMs = limits.ringAgainMs ?? 30_000;
  }

  async add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
    const known = this.#deduplicate(entry);
    if (known) return { deduplicated: true, spooled: snapshot(known) };
    this.#refuseWhenFull(entry);

    const { mail, message, recipients, idempotency } = entry;
    const record: Stored = {
      mail,
      message,
      recipients,
      idempotencyKey: idempotency && scopedKey(mail.tenant, idempotency.key),
      fingerprint: idempotency?.fingerprint,
      attempts: 0,
      claim: undefined,
      abandoned: undefined,
      ringAt: undefined,
    };
    if (record.idempotencyKey !== undefined) this.#keys.set(record.idempotencyKey, record);
    if (nextDueAt(recipients) === undefined) {
      this.#finish(record);
      return { deduplicated: false, spooled: snapshot(record) };
    }
    this.#pending.set(mail.id, record);
    this.#bytes += message.length;
    const now = this.#clock.now();
    if (claim && isDue(record, now)) {
      return { deduplicated: false, spooled: snapshot(record), claim: this.#begin(record, claim, now) };
    }
    this.#schedule(record, now);
    return { deduplicated: false, spooled: snapshot(record) };
  }

  async claim(id: MailId, request: ClaimRequest): Promise<Claim | undefined> {
    const record = this.#pending.get(id);
    const now = this.#clock.now();
    if (!record || !isDue(record, now)) return undefined;
    if (record.claim) {
      if (record.claim.leaseUntil > now) return undefined;
      this.#abandon(record);
    }
    return this.#begin(record, request, now);
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    const record = this.#owned(claim);
    if (!record?.claim) return false;
    record.claim.leaseUntil = this.#clock.now() + leaseMs;
    return true;
  }

  mark(claim: Claim, transport: string, recipients: readonly string[]): void {
    const record = this.#owned(claim);
    if (!record?.claim) throw claimLost(claim);
    record.claim.handedOver = { transport, recipients };
  }

  async settle(claim: Claim, settlement: Settlement): Promise<SpooledMail | undefined> {
    const record = this.#owned(claim);
    if (!record) return undefined;
    record.claim = undefined;
    record.abandoned = undefined;
    this.#claimed.delete(record.mail.id);
    if (settlement.countAttempt) record.attempts++;
    record.recipients = merge(record.recipients, settlement.recipients);
    if (nextDueAt(record.recipients) === undefined) this.#finish(record);
    else this.#schedule(record, this.#clock.now());
    return snapshot(record);
  }

  async due(limit: number): Promise<readonly DueMail[]> {
    const now = this.#clock.now();
    const found: DueMail[] = [];
    for (const record of this.#claimed.values()) {
      if (record.claim && record.claim.leaseUntil <= now) this.#abandon(record, now);
    }
    while (found.length < limit) {
      const top = this.#due.peek();
      if (!top || top.at > now) break;
      this.#due.pop();
      const record = this.#pending.get(top.id);
      if (!record || record.claim || record.ringAt !== top.at || !isDue(record, now)) continue;
      found.push({ id: record.mail.id, lane: record.mail.lane });
      this.#ringAt(now + this.#ringAgainMs, record);
    }
    return found;
  }

  async nextDueAt(): Promise<number | undefined> {
    return this.#due.peek()?.at;
  }

  async get(id: MailId): Promise<SpooledMail | undefined> {
    const record = this.#pending.get(id) ?? this.#finished.get(id);
    return record && snapshot(record);
  }

  async counts(): Promise<SpoolCounts> {
    return { pending: this.#pending.size, claimed: this.#claimed.size, bytes: this.#bytes };
  }

  async close(): Promise<void> {
    this.#due.clear();
  }

  #deduplicate(entry: SpoolEntry): Stored | undefined {
    if (!entry.idempotency) return undefined;
    const known = this.#keys.get(scopedKey(entry.mail.tenant, entry.idempotency.key));
    if (known && known.fingerprint !== entry.idempotency.fingerprint) {
      throw new MailRelayError(
        'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT',
        `The idempotency key was used for another draft (mail ${known.mail.id}). Use one key for one draft, or leave it out.`,
        { field: 'idempotencyKey' },
      );
    }
    return known;
  }

  #refuseWhenFull(entry: SpoolEntry): void {
    if (this.#pending.size < this.#maxMails && this.#bytes + entry.message.length <= this.#maxBytes) return;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_SPOOL_FULL',
      `The memory spool holds ${this.#pending.size} mails of ${this.#bytes} bytes, its limit. ` +
        'The mail was not accepted: wait until some are sent, or use a durable storage.',
    );
  }

  #begin(record: Stored, request: ClaimRequest, now: number): Claim {
    const token = `${++this.#tokens}`;
    record.claim = { token, leaseUntil: now + request.leaseMs };
    this.#claimed.set(record.mail.id, record);
    return {
      token,
      mail: record.mail,
      attempt: record.attempts + 1,
      recipients: record.recipients.filter((one) => one.dueAt !== undefined && one.dueAt <= now),
      abandoned: record.abandoned,
      message: () => {
        if (record.message === undefined) throw claimLost({ mail: record.mail });
        return record.message;
      },
    };
  }

  #owned(claim: Claim): Stored | undefined {
    const record = this.#claimed.get(claim.mail.id);
    return record?.claim?.token === claim.token ? record : undefined;
  }

  /** Takes a claim away from a worker that did not come back. */
  #abandon(record: Stored, now?: number): void {
    record.abandoned = record.claim?.handedOver;
    record.claim = undefined;
    this.#claimed.delete(record.mail.id);
    if (now !== undefined) this.#ringAt(now, record);
  }

  #ringAt(at: number, record: Stored): void {
    record.ringAt = at;
    this.#due.push(at, record.mail.id);
  }

  #schedule(record: Stored, now: number): void {
    const at = nextDueAt(record.recipients) ?? now;
    // Whoever adds a mail that is due rings it; the schedule is the net below, not a second ring.
    this.#ringAt(at <= now ? now + this.#ringAgainMs : at, record);
    if (this.#due.size > 1024 + 2 * this.#pending.size) this.#compact(now);
  }

  #compact(now: number): void {
    this.#due.clear();
    for (const record of this.#pending.values()) {
      if (!record.claim) this.#ringAt(record.ringAt ?? now, record);
    }
  }

  #finish(record: Stored): void {
    if (this.#pending.delete(record.mail.id)) this.#bytes -= record.message?.length ?? 0;
    record.message = undefined;
    this.#finished.set(record.mail.id, record);
    if (this.#finished.size <= this.#maxFinished) return;
    for (const [id, oldest] of this.#finished) {
      this.#finished.delete(id);
      if (oldest.idempotencyKey !== undefined) this.#keys.delete(oldest.idempotencyKey);
      break;
    }
  }
}

function snapshot(record: Stored): SpooledMail {
  return { mail: record.mail, recipients: record.recipients, attempts: record.attempts };
}

function scopedKey(tenant: string, key: string): string {
  return `${tenant}\n${key}`;
}

function nextDueAt(recipients: readonly SpooledRecipient[]): number | undefined {
  let earliest: number | undefined;
  for (const { dueAt } of recipients) {
    if (dueAt !== undefined && (earliest === undefined || dueAt < earliest)) earliest = dueAt;
  }
  return earliest;
}

function isDue(record: Stored, now: number): boolean {
  const at = nextDueAt(record.recipients);
  return at !== undefined && at <= now;
}

function merge(
  before: readonly SpooledRecipient[],
  changes: readonly SpooledRecipient[],
): readonly SpooledRecipient[] {
  if (changes.length === before.length && before.length === 1) return changes;
  const byAddress = new Map(changes.map((change) => [change.address, change]));
  return before.map((recipient) => byAddress.get(recipient.address) ?? recipient);
}

function claimLost(claim: { readonly mail: Mail }): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_CLAIM_LOST',
    `The claim on mail ${claim.mail.id} was lost to another worker; this attempt must not write any more.`,
  );
}
