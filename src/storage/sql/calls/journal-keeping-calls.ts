import type { ErasedData } from '../../../journal/mail-journal.js';
import type { CallContext } from './call-context.js';
import { mailKeyOf } from '../tables/recipient-key.js';
import { withoutPersonalJson } from './event-recorder.js';
import { hourOf } from './hour-tally.js';
import { ANONYMIZED, FORGOTTEN } from './journal-positions.js';
import type { SpoolCalls } from './spool-calls.js';

type Calls = Pick<SpoolCalls, 'eraseSome' | 'purgeJournal'>;

/** Recipients that are erased in one step, so that nobody waits for the whole. */
const ERASED_AT_ONCE = 100;

/** Forgets: personal data on request and by age, mails and counts by age. */
export class JournalKeepingCalls implements Calls {
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  async eraseSome(address: string): Promise<ErasedData> {
    const { db, journal } = this.#context;
    const rows =
      address === '' ? [] : await db.all(journal.recipientsNamed, { address, limit: ERASED_AT_ONCE });
    for (const { recipient_key: recipient } of rows) {
      const key = mailKeyOf(recipient);
      await this.#erase(key, (one) => one === recipient);
      const mail = await db.first(journal.mailOfKey, { key });
      const original = mail?.original == null ? null : withoutAddress(mail.original, address);
      const left = await db.all(journal.recipientsOf, { key });
      if (left.every((one) => one.address === ''))
        await db.run(journal.anonymizeMail, { key, original: null });
      else await db.run(journal.setOriginal, { key, original });
    }
    if (rows.length > 0) return { recipients: rows.length };
    await this.#eraseOriginals(address);
    if (address !== '') await db.run(journal.eraseUnmatched, { address });
    return { recipients: 0 };
  }

  async purgeJournal(limit: number): Promise<number> {
    const { settings, moment } = this.#context;
    const { journal: retention } = settings;
    if (!retention) return 0;
    const removed = await this.#removeOld(moment.now - retention.eventsMs, retention.maxMails, limit);
    const erased =
      retention.personalMs < retention.eventsMs
        ? await this.#anonymizeOld(moment.now - retention.personalMs, limit)
        : 0;
    await this.#forgetHours(hourOf(moment.now - retention.countersMs));
    return removed + erased;
  }

  /** Whom mails were for that a policy redirected. */
  async #eraseOriginals(address: string): Promise<void> {
    const { db, journal } = this.#context;
    for (;;) {
      const rows = await db.all(journal.redirectedFrom, { address, limit: ERASED_AT_ONCE });
      let changed = 0;
      for (const { mail_key: key, original: before } of rows) {
        const original = before === null ? null : withoutAddress(before, address);
        if (original === before) continue;
        await db.run(journal.setOriginal, { key, original });
        changed++;
      }
      if (changed === 0) return;
    }
  }

  async #removeOld(before: number, maxMails: number, limit: number): Promise<number> {
    const { db, journal } = this.#context;
    const newest = (await db.first(journal.newestMail, {}))?.key ?? 0;
    let removed = 0;
    let last = 0;
    for (const { mail_key: key, created_at: createdAt, tags } of await db.all(journal.firstMails, {
      limit,
    })) {
      if (createdAt >= before && key > newest - maxMails) break;
      for (const tag of tags === null ? [] : (JSON.parse(tags) as readonly string[])) {
        await db.run(journal.removeTags, { tag, key });
      }
      await db.run(journal.removeRecipients, { key });
      await db.run(journal.removeEvents, { key });
      await db.run(journal.removeMail, { key });
      last = key;
      removed++;
    }
    if (removed > 0) await db.run(journal.setPosition, { name: FORGOTTEN, value: last });
    const others = await db.all(journal.oldOtherEvents, { before, limit });
    for (const { seq } of others) await db.run(journal.removeEvent, { seq });
    return removed + others.length;
  }

  async #anonymizeOld(before: number, limit: number): Promise<number> {
    const { db, journal } = this.#context;
    const after = (await db.first(journal.position, { name: ANONYMIZED }))?.value ?? 0;
    let last = after;
    for (const { mail_key: key, created_at: createdAt } of await db.all(journal.mailsAfter, {
      after,
      limit,
    })) {
      if (createdAt >= before) break;
      await this.#erase(key, () => true);
      await db.run(journal.anonymizeMail, { key, original: null });
      last = key;
    }
    if (last > after) await db.run(journal.setPosition, { name: ANONYMIZED, value: last });
    return last - after;
  }

  /** Removes the addresses of some recipients of a mail, and the words of servers about them. */
  async #erase(key: number, isMeant: (recipientKey: number) => boolean): Promise<void> {
    const { db, journal } = this.#context;
    for (const { seq, recipient_key: recipient, rest } of await db.all(journal.eventsOfMail, { key })) {
      if (recipient !== null && isMeant(recipient))
        await db.run(journal.writeRest, { seq, rest: withoutPersonalJson(rest) });
    }
    for (const { recipient_key: recipient } of await db.all(journal.recipientsOf, { key })) {
      if (isMeant(recipient)) await db.run(journal.eraseAddress, { key: recipient });
    }
  }

  async #forgetHours(before: number): Promise<void> {
    const { db, journal } = this.#context;
    await db.run(journal.forgetHours, { before });
    await db.run(journal.forgetDomainHours, { before });
  }
}

function withoutAddress(json: string, address: string): string | null {
  const wanted = address.toLowerCase();
  const left = (JSON.parse(json) as readonly string[]).filter((one) => one.toLowerCase() !== wanted);
  return left.length === 0 ? null : JSON.stringify(left);
}
