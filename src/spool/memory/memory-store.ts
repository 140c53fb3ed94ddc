import type { Clock } from '../../core/schedule/clock.js';
import type { MailId } from '../../core/mail/mail-id.js';
import { keptReasonOf, type MailSelector } from '../spool-control.js';
import type { Claim } from '../spool.js';
import { earliestDueAt } from '../spooled-mail.js';
import { MemorySchedule } from './memory-schedule.js';
import type { ResolvedMemorySpoolLimits } from './memory-spool-limits.js';
import { scopedKey, type StoredMail } from './stored-mail.js';

/**
 * The mails of a memory spool, each in exactly one room: pending, kept or finished. What delivery and operators do with
 * them is elsewhere.
 */
export class MemoryStore {
  readonly clock: Clock;
  readonly limits: ResolvedMemorySpoolLimits;
  readonly schedule = new MemorySchedule();
  readonly pending = new Map<MailId, StoredMail>();
  readonly claimed = new Map<MailId, StoredMail>();
  /** The oldest first. */
  readonly kept = new Map<MailId, StoredMail>();
  readonly finished = new Map<MailId, StoredMail>();
  readonly keys = new Map<string, StoredMail>();
  /** Octets of the messages of pending mails. */
  bytes = 0;
  #keptBytes = 0;
  #serial = 0;

  constructor(clock: Clock, limits: ResolvedMemorySpoolLimits) {
    this.clock = clock;
    this.limits = limits;
  }

  get(id: MailId): StoredMail | undefined {
    return this.pending.get(id) ?? this.kept.get(id) ?? this.finished.get(id);
  }

  find(which: MailSelector): StoredMail | undefined {
    if ('mailId' in which) return this.get(which.mailId);
    return this.keys.get(scopedKey(which.tenant ?? '', which.idempotencyKey));
  }

  owned(claim: Claim): StoredMail | undefined {
    const record = this.claimed.get(claim.mail.id);
    return record?.claim?.token === claim.token ? record : undefined;
  }

  makePending(record: StoredMail): void {
    this.pending.set(record.mail.id, record);
    this.schedule.add(record);
    this.bytes += record.message?.length ?? 0;
  }

  /** Schedules a mail anew, or puts it where finished mails belong. */
  place(record: StoredMail): void {
    const at = earliestDueAt(record.recipients);
    if (at === undefined) return this.#finish(record);
    const now = this.clock.now();
    // Whoever makes a mail due rings it; the schedule is the net below, not a second ring. A ring in a pause is lost.
    const rung = at <= now && !this.schedule.isPaused(record.mail);
    this.schedule.ring(record, rung ? now + this.limits.ringAgainMs : at);
  }

  /** Takes a claim away from a worker that did not come back. */
  abandon(record: StoredMail): void {
    record.abandoned = record.claim?.handedOver ?? record.abandoned;
    record.crashes++;
    record.claim = undefined;
    this.claimed.delete(record.mail.id);
  }

  unkeep(record: StoredMail): void {
    if (!this.kept.delete(record.mail.id)) return;
    this.#keptBytes -= record.message?.length ?? 0;
    record.kept = undefined;
  }

  /** From kept to finished: the message goes, the outcomes stay. */
  discard(record: StoredMail): void {
    this.unkeep(record);
    record.message = undefined;
    this.finished.set(record.mail.id, record);
    if (this.finished.size <= this.limits.maxFinished) return;
    const [oldest] = this.finished.values();
    if (oldest) this.forget(oldest);
  }

  forget(record: StoredMail): void {
    this.unkeep(record);
    this.finished.delete(record.mail.id);
    if (record.scopedKey !== undefined) this.keys.delete(record.scopedKey);
  }

  #finish(record: StoredMail): void {
    const size = record.message?.length ?? 0;
    if (this.pending.delete(record.mail.id)) this.bytes -= size;
    this.schedule.remove(record);
    record.finishedAt = this.clock.now();
    const reason = keptReasonOf(record);
    if (reason === undefined) return this.discard(record);
    record.kept = { reason, serial: ++this.#serial };
    this.kept.set(record.mail.id, record);
    this.#keptBytes += size;
    const { maxKept, maxKeptBytes } = this.limits;
    for (const oldest of this.kept.values()) {
      if (this.kept.size <= maxKept && this.#keptBytes <= maxKeptBytes) break;
      this.discard(oldest);
    }
  }
}
