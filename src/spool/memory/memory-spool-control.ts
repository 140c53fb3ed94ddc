import type { MailId } from '../../core/mail/mail-id.js';
import {
  cancelledRecipients,
  mayReschedule,
  replayed,
  rescheduled,
  rescheduledRecipients,
  SpoolControl,
  type Change,
  type KeptMail,
  type KeptPage,
  type KeptQuery,
  type KeptReason,
  type MailSelector,
  type PauseTarget,
  type StreamCounts,
} from '../spool-control.js';
import { earliestDueAt, type SpooledMail } from '../spooled-mail.js';
import type { MemoryStore } from './memory-store.js';
import { snapshot, type StoredMail } from './stored-mail.js';
import type { StreamSchedule } from './stream-schedule.js';

/** What people and operators do with the mails of a memory spool. */
export class MemorySpoolControl extends SpoolControl {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    super();
    this.#store = store;
  }

  async cancel(which: MailSelector): Promise<Change> {
    return this.#change(which, (record) => {
      if (earliestDueAt(record.recipients) === undefined) return false;
      record.recipients = cancelledRecipients(record.recipients);
      return true;
    });
  }

  async reschedule(which: MailSelector, dueAt: number): Promise<Change> {
    return this.#change(which, (record) => {
      if (!mayReschedule(record)) return false;
      record.mail = rescheduled(record.mail, dueAt);
      record.recipients = rescheduledRecipients(record.recipients, dueAt);
      return true;
    });
  }

  async pause(target: PauseTarget): Promise<void> {
    this.#store.schedule.pause(target);
  }

  async resume(target: PauseTarget): Promise<void> {
    this.#store.schedule.resume(target);
  }

  async paused(): Promise<readonly PauseTarget[]> {
    return this.#store.schedule.paused();
  }

  async streams(): Promise<readonly StreamCounts[]> {
    return Array.from(this.#store.schedule.streams, streamCounts).filter(({ pending }) => pending > 0);
  }

  async kept({ reason, stream, tenant, cursor, limit }: KeptQuery): Promise<KeptPage> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const asked = Array.from(this.#store.kept.values())
      .filter(
        ({ mail, kept }) =>
          kept !== undefined &&
          kept.serial < before &&
          (reason === undefined || kept.reason === reason) &&
          (stream === undefined || mail.stream === stream) &&
          (tenant === undefined || mail.tenant === tenant),
      )
      .toReversed();
    const page = asked.slice(0, limit);
    const last = asked.length > limit ? page.at(-1)?.kept?.serial : undefined;
    return {
      mails: page.flatMap((record) => this.#keptMail(record) ?? []),
      ...(last !== undefined && { cursor: String(last) }),
    };
  }

  async keptCounts(): Promise<Readonly<Record<KeptReason, number>>> {
    const counts = { failed: 0, uncertain: 0, 'set-aside': 0 };
    for (const { kept } of this.#store.kept.values()) if (kept) counts[kept.reason]++;
    return counts;
  }

  async replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined> {
    const store = this.#store;
    const record = store.kept.get(id);
    if (!record) return undefined;
    store.unkeep(record);
    const { mail, recipients, attempts } = replayed(snapshot(record), store.clock.now(), lifetimeMs);
    Object.assign(record, { mail, recipients, attempts, crashes: 0, finishedAt: undefined });
    store.makePending(record);
    store.place(record);
    return snapshot(record);
  }

  async discard(id: MailId): Promise<boolean> {
    const record = this.#store.kept.get(id);
    if (record) this.#store.discard(record);
    return record !== undefined;
  }

  async purge(limit: number): Promise<number> {
    const { kept, finished, limits } = this.#store;
    let gone = 0;
    for (const record of kept.values()) {
      if (gone >= limit) return gone;
      if (record.kept?.reason === 'set-aside' || !this.#isOlder(record, limits.retention.keptMs)) continue;
      if (this.#isOlder(record, limits.retention.finishedMs)) this.#store.forget(record);
      else this.#store.discard(record);
      gone++;
    }
    for (const record of finished.values()) {
      if (gone >= limit) return gone;
      if (!this.#isOlder(record, limits.retention.finishedMs)) continue;
      this.#store.forget(record);
      gone++;
    }
    return gone;
  }

  #change(which: MailSelector, change: (record: StoredMail) => boolean): Change {
    const store = this.#store;
    const record = store.find(which);
    if (!record) return { kind: 'unknown' };
    if (record.claim && record.claim.leaseUntil <= store.clock.now()) {
      store.abandon(record);
      store.schedule.ring(record, store.clock.now());
    }
    if (record.claim || record.abandoned || !change(record)) {
      return { kind: 'too-late', spooled: snapshot(record) };
    }
    store.place(record);
    return { kind: 'done', spooled: snapshot(record) };
  }

  #isOlder({ finishedAt = 0 }: StoredMail, ageMs: number): boolean {
    return finishedAt + ageMs <= this.#store.clock.now();
  }

  #keptMail(record: StoredMail): KeptMail | undefined {
    const { kept, finishedAt = 0 } = record;
    if (!kept) return undefined;
    return {
      ...snapshot(record),
      keptReason: kept.reason,
      keptAt: finishedAt,
      ...(kept.reason !== 'set-aside' && { keptUntil: finishedAt + this.#store.limits.retention.keptMs }),
    };
  }
}

function streamCounts({ lane, stream, mails }: StreamSchedule): StreamCounts {
  let claimed = 0;
  let oldestDueAt: number | undefined;
  let waitingSince: number | undefined;
  for (const { claim, mail, recipients } of mails.values()) {
    if (claim) claimed++;
    const at = earliestDueAt(recipients);
    if (at !== undefined && (oldestDueAt === undefined || at < oldestDueAt)) oldestDueAt = at;
    if (waitingSince === undefined || mail.dueAt < waitingSince) waitingSince = mail.dueAt;
  }
  return { lane, stream, pending: mails.size, claimed, oldestDueAt, waitingSince };
}
