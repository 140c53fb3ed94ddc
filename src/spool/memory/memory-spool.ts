import type { Clock } from '../../core/schedule/clock.js';
import type { MailId } from '../../core/mail/mail-id.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { SpoolControl } from '../spool-control.js';
import {
  Spool,
  type Claim,
  type ClaimRequest,
  type DueMail,
  type Settlement,
  type SpoolCounts,
  type SpoolEntry,
  type SpoolReceipt,
} from '../spool.js';
import { claimLost, idempotencyConflict } from '../spool-errors.js';
import { changedRecipients, type SpooledMail } from '../spooled-mail.js';
import { MemorySpoolControl } from './memory-spool-control.js';
import { resolveMemorySpoolLimits, type MemorySpoolLimits } from './memory-spool-limits.js';
import { MemoryStore } from './memory-store.js';
import { isDue, scopedKey, snapshot, storedMail, type StoredMail } from './stored-mail.js';

/**
 * The spool of tests and of applications that accept to lose what is pending when the process ends. Bounded: a full
 * spool refuses.
 */
export class MemorySpool extends Spool {
  readonly durability = 'memory';
  readonly control: SpoolControl;
  readonly #store: MemoryStore;
  #tokens = 0;

  constructor(clock: Clock, limits: MemorySpoolLimits = {}) {
    super();
    this.#store = new MemoryStore(clock, resolveMemorySpoolLimits(limits));
    this.control = new MemorySpoolControl(this.#store);
  }

  async add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
    return this.#add(entry, claim);
  }

  async addMany(entries: readonly SpoolEntry[]): Promise<readonly (SpoolReceipt | MailRelayError)[]> {
    return entries.map((entry) => {
      try {
        return this.#add(entry);
      } catch (error) {
        if (MailRelayError.is(error)) return error;
        throw error;
      }
    });
  }

  async claim(id: MailId, request: ClaimRequest): Promise<Claim | undefined> {
    const store = this.#store;
    const record = store.pending.get(id);
    const now = store.clock.now();
    if (!record || !isDue(record, now)) return undefined;
    if (record.claim && record.claim.leaseUntil > now) return undefined;
    if (store.schedule.isPaused(record.mail)) {
      // The ring that led here is used up: it is due at once when the pause ends.
      if (!record.claim) store.schedule.ring(record, now);
      return undefined;
    }
    if (record.claim) store.abandon(record);
    return this.#begin(record, request, now);
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    const record = this.#store.owned(claim);
    if (!record?.claim) return false;
    record.claim.leaseUntil = this.#store.clock.now() + leaseMs;
    return true;
  }

  mark(claim: Claim, transport: string, recipients: readonly string[]): void {
    const record = this.#store.owned(claim);
    if (!record?.claim) throw claimLost(claim);
    record.claim.handedOver = { transport, recipients };
  }

  async settle(claim: Claim, settlement: Settlement): Promise<SpooledMail | undefined> {
    const record = this.#store.owned(claim);
    if (!record) return undefined;
    if (!record.abandoned) record.crashes = 0;
    record.claim = undefined;
    record.abandoned = undefined;
    this.#store.claimed.delete(record.mail.id);
    if (settlement.countAttempt) record.attempts++;
    record.recipients = changedRecipients(record.recipients, settlement.recipients);
    this.#store.place(record);
    return snapshot(record);
  }

  async due(limit: number): Promise<readonly DueMail[]> {
    const store = this.#store;
    const now = store.clock.now();
    for (const record of store.claimed.values()) {
      if (!record.claim || record.claim.leaseUntil > now) continue;
      store.abandon(record);
      store.schedule.ring(record, now);
    }
    const found = store.schedule.take(now, limit);
    for (const record of found) store.schedule.ring(record, now + store.limits.ringAgainMs);
    return found.map(({ mail: { id, lane } }) => ({ id, lane }));
  }

  async nextDueAt(): Promise<number | undefined> {
    return this.#store.schedule.nextAt();
  }

  async get(id: MailId): Promise<SpooledMail | undefined> {
    const record = this.#store.get(id);
    return record && snapshot(record);
  }

  async counts(): Promise<SpoolCounts> {
    const { pending, claimed, bytes } = this.#store;
    return { pending: pending.size, claimed: claimed.size, bytes };
  }

  async close(): Promise<void> {
    this.#store.schedule.clear();
  }

  #add(entry: SpoolEntry, claim?: ClaimRequest): SpoolReceipt {
    const store = this.#store;
    const known = this.#deduplicate(entry);
    if (known) return { deduplicated: true, spooled: snapshot(known) };
    this.#refuseWhenFull(entry);

    const record = storedMail(entry);
    if (record.scopedKey !== undefined) store.keys.set(record.scopedKey, record);
    store.makePending(record);
    const now = store.clock.now();
    if (claim && isDue(record, now) && !store.schedule.isPaused(record.mail)) {
      return { deduplicated: false, spooled: snapshot(record), claim: this.#begin(record, claim, now) };
    }
    store.place(record);
    return { deduplicated: false, spooled: snapshot(record) };
  }

  #deduplicate({ mail, idempotency }: SpoolEntry): StoredMail | undefined {
    if (!idempotency) return undefined;
    const known = this.#store.keys.get(scopedKey(mail.tenant, idempotency.key));
    if (known && known.fingerprint !== idempotency.fingerprint) {
      throw idempotencyConflict(known.mail.id);
    }
    return known;
  }

  #refuseWhenFull({ message }: SpoolEntry): void {
    const { pending, bytes, limits } = this.#store;
    if (pending.size < limits.maxMails && bytes + message.length <= limits.maxBytes) return;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_SPOOL_FULL',
      `The memory spool holds ${pending.size} mails of ${bytes} bytes, its limit. ` +
        'The mail was not accepted: wait until some are sent, or use a durable storage.',
    );
  }

  #begin(record: StoredMail, request: ClaimRequest, now: number): Claim {
    const token = `${++this.#tokens}`;
    record.claim = { token, leaseUntil: now + request.leaseMs };
    this.#store.claimed.set(record.mail.id, record);
    return {
      token,
      mail: record.mail,
      attempt: record.attempts + 1,
      recipients: record.recipients.filter((one) => one.dueAt !== undefined && one.dueAt <= now),
      abandoned: record.abandoned,
      crashes: record.crashes,
      message: () => {
        if (record.message === undefined) throw claimLost({ mail: record.mail });
        return record.message;
      },
    };
  }
}
