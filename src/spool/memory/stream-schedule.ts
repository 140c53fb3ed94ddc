import type { MailId } from '../../core/mail/mail-id.js';
import { DueHeap } from './due-heap.js';
import { isDue, type StoredMail } from './stored-mail.js';

/** From how many entries on stale ones are worth removing. */
const COMPACT_FROM = 1024;

/** The pending mails of one stream in one lane, and when each is to be rung. */
export class StreamSchedule {
  readonly lane: string;
  readonly stream: string;
  readonly mails = new Map<MailId, StoredMail>();
  readonly #heap = new DueHeap();

  constructor(lane: string, stream: string) {
    this.lane = lane;
    this.stream = stream;
  }

  ring(record: StoredMail, at: number): void {
    record.ringAt = at;
    this.#heap.push(at, record.mail.id);
    if (this.#heap.size > COMPACT_FROM + 2 * this.mails.size) this.#compact(at);
  }

  /** The next mail to be rung at this time; it is no longer scheduled then. */
  take(now: number): StoredMail | undefined {
    for (let top = this.#heap.peek(); top && top.at <= now; top = this.#heap.peek()) {
      this.#heap.pop();
      const record = this.mails.get(top.id);
      if (!record || record.claim || record.ringAt !== top.at || !isDue(record, now)) continue;
      record.ringAt = undefined;
      return record;
    }
    return undefined;
  }

  nextAt(): number | undefined {
    return this.#heap.peek()?.at;
  }

  clear(): void {
    this.#heap.clear();
  }

  #compact(now: number): void {
    this.#heap.clear();
    for (const record of this.mails.values()) {
      if (!record.claim) this.#heap.push((record.ringAt ??= now), record.mail.id);
    }
  }
}
