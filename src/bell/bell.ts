import type { MailId } from '../core/mail/mail-id.js';
import type { MailQueue } from '../queue/mail-queue.js';
import { earliestDueAt, type SpooledMail } from '../spool/spooled-mail.js';

export interface BellOptions {
  readonly queue: MailQueue;
  /** Told when a mail is due later. */
  readonly expect: (at: number) => void;
  readonly now: () => number;
}

/** Rings for mails that were stored: at once for what is due, and tells the keeper when the rest will be. */
export class Bell {
  readonly #o: BellOptions;

  constructor(options: BellOptions) {
    this.#o = options;
  }

  async ring(mails: readonly SpooledMail[]): Promise<void> {
    const { expect, now } = this.#o;
    const lanes = new Map<string, MailId[]>();
    for (const { mail, recipients } of mails) {
      const at = earliestDueAt(recipients);
      if (at === undefined) continue;
      if (at > now()) {
        expect(at);
        continue;
      }
      const ids = lanes.get(mail.lane);
      if (ids) ids.push(mail.id);
      else lanes.set(mail.lane, [mail.id]);
    }
    for (const [lane, ids] of lanes) await this.#ringLane(lane, ids);
  }

  async #ringLane(lane: string, ids: readonly MailId[]): Promise<void> {
    try {
      await this.#o.queue.ring(lane, ids);
    } catch {
      // The mail is stored, and the schedule keeper rings again: a lost ring must not look like a lost mail.
    }
  }
}
