import type { MailEvent } from '../../../events/mail-event.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisSpoolSettings } from '../redis-spool-settings.js';
import type { ScriptArgument } from '../spool-scripts.js';
import { isList, text } from '../stored-mail.js';
import { countedOf } from './journal-counts.js';
import { termsOf } from './journal-terms.js';
import { packRecord, unpackRecord, type StoredRecord } from './packed-record.js';

/** A record that is to be another one. */
export interface RecordChange {
  readonly before: StoredRecord;
  /** Undefined when it goes. */
  readonly after: StoredRecord | undefined;
  /** What is counted with it. */
  readonly counted: readonly MailEvent[];
}

const TIMEOUT_MS = 5_000;
/** Mails in one call of a script. */
const WRITE_AT_ONCE = 50;
/** Mails in one reading. */
const READ_AT_ONCE = 200;
/** How often a change begins anew because another process changed the mail. */
const TRIES = 20;

/** The mails of the journal in Redis: read in groups, and changed if they are still what was seen. */
export class JournalMails {
  readonly #link: RedisLink;
  readonly #s: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>;
  readonly #keepsPersonal: boolean;

  constructor(
    link: RedisLink,
    settings: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>,
    keepsPersonal: boolean,
  ) {
    this.#link = link;
    this.#s = settings;
    this.#keepsPersonal = keepsPersonal;
  }

  /** What can be read of these mails. */
  async read(ids: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const found = new Map<string, StoredRecord>();
    const { client } = this.#link;
    for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
      const some = ids.slice(from, from + READ_AT_ONCE);
      const texts = await this.#link.ask(() => client.mget(some.map((id) => `${this.#s.base}j:m:${id}`)), {
        what: 'read the journal',
        timeoutMs: TIMEOUT_MS,
      });
      for (const [i, id] of some.entries()) {
        const record = unpackRecord(id, texts[i]);
        if (record) found.set(id, record);
      }
    }
    return found;
  }

  /**
   * Changes mails, and looks again at those that were changed by somebody else meanwhile.
   *
   * @param change what a mail is to be; undefined leaves it
   * @returns how many were changed
   */
  async change(
    ids: readonly string[],
    change: (id: string, before: StoredRecord | undefined) => RecordChange | undefined,
  ): Promise<number> {
    let left = ids;
    let changed = 0;
    for (let tries = TRIES; left.length > 0; tries--) {
      if (tries === 0) throw new Error('the journal in Redis is changed by too many at once');
      const known = await this.read(left);
      const wanted = left.flatMap((id) => change(id, known.get(id)) ?? []);
      const conflicts: string[] = [];
      for (let from = 0; from < wanted.length; from += WRITE_AT_ONCE) {
        conflicts.push(...(await this.#write(wanted.slice(from, from + WRITE_AT_ONCE))));
      }
      changed += wanted.length - conflicts.length;
      left = conflicts;
    }
    return changed;
  }

  /** @returns the ids of those that were not what was seen any more */
  async #write(changes: readonly RecordChange[]): Promise<readonly string[]> {
    const { clock, leaseClock } = this.#s;
    const args = changes.flatMap((change) => this.#arguments(change));
    const answer = await this.#link.run('writeJournal', [clock.now(), leaseClock?.() ?? '', ...args], {
      what: 'write the journal',
      timeoutMs: TIMEOUT_MS,
    });
    return isList(answer) ? answer.map(text) : [];
  }

  #arguments({ before, after, counted }: RecordChange): readonly ScriptArgument[] {
    const had = before.version === 0 ? new Set<string>() : termsOf(before, this.#keepsPersonal);
    const has = after ? termsOf(after, this.#keepsPersonal) : new Set<string>();
    const begun = Array.from(has).filter((term) => !had.has(term));
    const ended = Array.from(had).filter((term) => !has.has(term));
    const record = after ? packRecord({ ...after, version: before.version + 1 }) : '';
    return [
      before.mailId,
      before.version,
      before.createdAt,
      record,
      begun.length,
      ended.length,
      counted.length,
      ...begun,
      ...ended,
      ...counted.flatMap(countedOf),
    ];
  }
}
