import type { Mail } from '../../../core/mail/mail.js';
import { withoutPersonalFields } from '../../../journal/erased-event.js';
import {
  NO_STANDING,
  RECIPIENT_FACTS,
  standingAfter,
  type RecipientStanding,
} from '../../../journal/recipient-state.js';
import {
  storedFacts,
  type StoredEvent,
  type StoredEventOfMail,
  type StoredFacts,
} from '../events/stored-event.js';
import type { JournalQueries, JournalRecipientRow } from '../tables/journal-queries.js';
import { nextOutsideKey, recipientKeyOf } from '../tables/recipient-key.js';
import type { MailRow } from '../tables/spool-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';
import { HourTally } from './hour-tally.js';

/** Events about no mail that are looked at to see whether one was told before. */
const OTHERS_LOOKED_AT = 200;
/** The counter with the highest key of a mail that was forgotten: a key is never given twice. */
export const LAST_FORGOTTEN = 'journal.forgotten';

const NO_KEY = 'a mail that was added has no key';

/** The row of a recipient. */
interface Slot {
  readonly recipientKey: number;
  /** As it was; undefined when it is not there yet. */
  readonly before: JournalRecipientRow | undefined;
}

/** Writes events into the log, which is the journal as well, within the transaction of whatever brought them. */
export class EventRecorder {
  readonly #db: SqlConnection;
  readonly #queries: JournalQueries;
  readonly #tally: HourTally;
  /** The last key that a mail was given: the file has one writer, and a key that was rolled back is not missed. */
  #lastKey: number | undefined;

  constructor(db: SqlConnection, queries: JournalQueries) {
    this.#db = db;
    this.#queries = queries;
    this.#tally = new HourTally(db, queries);
  }

  /** Writes events in this order, each once. */
  async record(events: readonly StoredEvent[]): Promise<void> {
    for (const event of events) {
      if (event.mail) await this.#recordOnce(event, event.mail);
      else await this.#recordOther(event);
    }
  }

  /**
   * Writes the events of the step that brings a mail, the first of which has its facts.
   *
   * @returns the key of the mail in the journal; null when there are no events
   */
  async recordFirst(events: readonly StoredEvent[]): Promise<number | null> {
    const [first] = events;
    if (!first?.mail?.facts) return null;
    const { mailId, facts } = first.mail;
    const added = await this.#addMail(mailId, first.at, facts);
    const key = added ?? (await this.#keyOf(mailId));
    if (key === undefined) throw new Error(NO_KEY);
    const written = new Set<number>();
    for (const event of events) {
      const { mail } = event;
      if (!mail) continue;
      const recipientKey = recipientKeyOf(key, mail.place);
      const isFree = added !== undefined && mail.place >= 0 && !written.has(recipientKey);
      await this.#write(
        event,
        mail,
        isFree ? { recipientKey, before: undefined } : await this.#slotOf(key, mail),
      );
      written.add(recipientKey);
    }
    return key;
  }

  /**
   * Writes the events of a later step of a mail, which cannot come twice.
   *
   * @returns the key of the mail in the journal, another one when the journal had forgotten it; null without events
   */
  async recordNext(
    events: readonly StoredEvent[],
    { journal_key: knownKey, id, mail: json }: Pick<MailRow, 'journal_key' | 'id' | 'mail'>,
  ): Promise<number | null> {
    let key = knownKey ?? undefined;
    let isCertain = false;
    for (const event of events) {
      const { mail } = event;
      if (!mail) continue;
      let slot = key === undefined ? undefined : await this.#slotOf(key, mail);
      if (!isCertain && !slot?.before) {
        // Either the recipient is new, or the journal does not know the mail.
        key = (await this.#keyOf(id)) ?? (await this.#addMail(id, event.at, factsIn(json, id)));
        slot = undefined;
      }
      isCertain = true;
      if (key === undefined) throw new Error(NO_KEY);
      await this.#write(event, mail, slot ?? (await this.#slotOf(key, mail)));
    }
    return key ?? null;
  }

  /** Writes what was summed up; at the end of each transaction. */
  async write(): Promise<void> {
    await this.#tally.write();
  }

  /** Forgets what was of a transaction that was rolled back. */
  clear(): void {
    this.#lastKey = undefined;
    this.#tally.clear();
  }

  async #recordOther({ id, type, at, rest }: StoredEvent): Promise<void> {
    const known = await this.#db.first(this.#queries.otherEvent, { id, limit: OTHERS_LOOKED_AT });
    if (!known) await this.#db.run(this.#queries.addEvent, { recipient_key: null, type, at, id, rest });
  }

  async #recordOnce(event: StoredEvent, mail: StoredEventOfMail): Promise<void> {
    const { mailId, facts } = mail;
    if (!facts) throw new Error('an event of a mail came without its facts');
    const key = (await this.#keyOf(mailId)) ?? (await this.#addMail(mailId, event.at, facts));
    if (key === undefined) throw new Error(NO_KEY);
    const slot = await this.#slotOf(key, mail);
    const { recipientKey, before } = slot;
    const known = before && (await this.#db.first(this.#queries.eventOf, { recipientKey, id: event.id }));
    if (!known) await this.#write(event, mail, slot);
  }

  /** Writes an event, and what it makes of its recipient. */
  async #write(
    { id, type, at, rest }: StoredEvent,
    mail: StoredEventOfMail,
    { recipientKey, before }: Slot,
  ): Promise<void> {
    const db = this.#db;
    const { stream, transport, domain, attempt, isRequeued } = mail;
    const event = { type, at, attempt, isRequeued };
    const standing = standingAfter(before ? standingOf(before) : NO_STANDING, event);
    const columns = {
      recipient_key: recipientKey,
      state: standing.state ?? null,
      state_at: standing.stateAt,
      attempt: standing.attempt,
      round_at: standing.roundAt,
      facts: standing.facts.length === 0 ? null : JSON.stringify(standing.facts),
      transport: transport || (before?.transport ?? null),
      provider_message_id: mail.providerMessageId ?? before?.provider_message_id ?? null,
    };
    if (before) await db.run(this.#queries.writeRecipient, columns);
    else await db.run(this.#queries.addRecipient, { ...columns, address: mail.address });
    const isErased = before?.address === '';
    const kept = isErased ? withoutPersonalData(rest) : rest;
    await db.run(this.#queries.addEvent, { recipient_key: recipientKey, type, at, id, rest: kept });
    this.#tally.add({ at, type, stream, transport, domain });
  }

  async #keyOf(id: string): Promise<number | undefined> {
    return (await this.#db.first(this.#queries.keyOfId, { id }))?.mail_key;
  }

  /** @returns its key; undefined when it is there */
  async #addMail(id: string, at: number, facts: StoredFacts): Promise<number | undefined> {
    const db = this.#db;
    const key = (await this.#last()) + 1;
    const added = await db.run(this.#queries.addMail, { mail_key: key, id, ...facts, created_at: at });
    if (added === 0) return undefined;
    this.#lastKey = key;
    const tags = facts.tags === null ? [] : (JSON.parse(facts.tags) as readonly string[]);
    for (const tag of tags) await db.run(this.#queries.addTag, { tag, mail_key: key });
    return key;
  }

  async #last(): Promise<number> {
    if (this.#lastKey !== undefined) return this.#lastKey;
    const newest = await this.#db.first(this.#queries.newestMail, {});
    const forgotten = await this.#db.first(this.#queries.position, { name: LAST_FORGOTTEN });
    this.#lastKey = Math.max(newest?.key ?? 0, forgotten?.value ?? 0);
    return this.#lastKey;
  }

  /** Found by its place where that has its address or an erased one, and by its address otherwise. */
  async #slotOf(key: number, { address, place }: StoredEventOfMail): Promise<Slot> {
    const db = this.#db;
    const { recipientOfKey, recipientOf, lastOutside } = this.#queries;
    const recipientKey = recipientKeyOf(key, place);
    const atPlace = place < 0 ? undefined : await db.first(recipientOfKey, { recipientKey });
    if (atPlace?.address === address) return { recipientKey, before: atPlace };
    const named = await db.first(recipientOf, { key, address });
    if (named) return { recipientKey: named.recipient_key, before: named };
    if (place >= 0 && (!atPlace || atPlace.address === '')) return { recipientKey, before: atPlace };
    const last = await db.first(lastOutside, { key });
    return { recipientKey: nextOutsideKey(key, last?.recipient_key), before: undefined };
  }
}

/** What the events so far made of a recipient. */
export function standingOf({
  state,
  state_at: stateAt,
  attempt,
  round_at: roundAt,
  facts,
}: Pick<JournalRecipientRow, 'state' | 'state_at' | 'attempt' | 'round_at' | 'facts'>): RecipientStanding {
  return { state: state ?? undefined, stateAt, attempt, roundAt, facts: factsOf(facts) };
}

/** The facts of a mail, in its JSON. */
function factsIn(json: string, id: string): StoredFacts {
  return storedFacts(id, JSON.parse(json) as Mail);
}

/** The facts of a recipient's row. */
export function factsOf(json: string | null): RecipientStanding['facts'] {
  if (json === null) return [];
  const told = JSON.parse(json) as readonly string[];
  return RECIPIENT_FACTS.filter((fact) => told.includes(fact));
}

/** What is left of an event without what is known of a person. */
export function withoutPersonalData(rest: string | null): string | null {
  if (rest === null) return null;
  return JSON.stringify(withoutPersonalFields(JSON.parse(rest) as Record<string, unknown>));
}
