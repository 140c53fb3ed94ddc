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
import { ANONYMIZED, FORGOTTEN } from './journal-positions.js';

/** Events about no mail that are looked at to see whether one was told before. */
const OTHERS_LOOKED_AT = 200;

/** The row of a recipient. */
interface Slot {
  readonly recipientKey: number;
  /** As it was; undefined when it is not there yet. */
  readonly before: JournalRecipientRow | undefined;
}

/** A recipient's row, and the key of the mail it is of. */
interface FoundSlot {
  readonly key: number;
  readonly slot: Slot;
}

/** Writes events into the log, which is the journal as well, within the transaction of whatever brought them. */
export class EventRecorder {
  readonly #db: SqlConnection;
  readonly #queries: JournalQueries;
  readonly #tally: HourTally;
  /** The last key that a mail was given: the file has one writer. */
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
    if (!first) return null;
    const { mailId, facts } = factsOfFirst(first);
    const added = await this.#addMail(mailId, first.at, facts);
    const key = added ?? (await this.#keyOf(mailId, first.at, () => facts));
    const written = new Set<number>();
    for (const event of events) {
      const { mail } = event;
      if (!mail) continue;
      const { place } = mail;
      const isFree = added !== undefined && place >= 0 && !written.has(place);
      const slot = isFree
        ? { recipientKey: recipientKeyOf(key, place), before: undefined }
        : await this.#slotOf(key, mail);
      await this.#write(event, mail, slot);
      written.add(place);
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
    row: Pick<MailRow, 'journal_key' | 'id' | 'mail'>,
  ): Promise<number | null> {
    let key: number | undefined;
    for (const event of events) {
      const { mail } = event;
      if (!mail) continue;
      const found: FoundSlot =
        key === undefined
          ? await this.#find(row, mail, event.at)
          : { key, slot: await this.#slotOf(key, mail) };
      key = found.key;
      await this.#write(event, mail, found.slot);
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
    const { mailId, facts } = factsOfFirst(event);
    const key = await this.#keyOf(mailId, event.at, () => facts);
    const slot = await this.#slotOf(key, mail);
    const { recipientKey, before } = slot;
    const { eventOf, eventOfMail } = this.#queries;
    // Recipients without a place share ids; of an erased one nothing is left to know it by but the ids of its events.
    const ofErased = Number(mail.place < 0);
    const known = before
      ? await this.#db.first(eventOf, { recipientKey, id: event.id })
      : await this.#db.first(eventOfMail, { key, id: event.id, ofErased });
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
    const kept = isErased ? withoutPersonalJson(rest) : rest;
    await db.run(this.#queries.addEvent, { recipient_key: recipientKey, type, at, id, rest: kept });
    this.#tally.add({ at, type, stream, transport, domain });
  }

  /** The key of a mail, which is added where it is not known. */
  async #keyOf(id: string, at: number, facts: () => StoredFacts): Promise<number> {
    const known = await this.#db.first(this.#queries.keyOfId, { id });
    const key = known?.mail_key ?? (await this.#addMail(id, at, facts()));
    if (key === undefined) throw new Error('a mail that is not known could not be added');
    return key;
  }

  /** A mail of the spool and its recipient; one that is there shows that the journal did not forget the mail. */
  async #find(
    { journal_key: known, id, mail: json }: Pick<MailRow, 'journal_key' | 'id' | 'mail'>,
    mail: StoredEventOfMail,
    at: number,
  ): Promise<FoundSlot> {
    const slot = known === null ? undefined : await this.#slotOf(known, mail);
    if (known !== null && slot?.before) return { key: known, slot };
    const key = await this.#keyOf(id, at, () => storedFacts(id, JSON.parse(json) as Mail));
    return { key, slot: await this.#slotOf(key, mail) };
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
    const forgotten = await this.#db.first(this.#queries.position, { name: FORGOTTEN });
    // What is below was looked at, and would never be again.
    const anonymized = await this.#db.first(this.#queries.position, { name: ANONYMIZED });
    this.#lastKey = Math.max(newest?.key ?? 0, forgotten?.value ?? 0, anonymized?.value ?? 0);
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
    // An address in other letters may be another recipient, whose place is free.
    const isOther = place >= 0 && !atPlace && named?.address !== address;
    if (named && !isOther) return { recipientKey: named.recipient_key, before: named };
    if (place >= 0 && (!atPlace || atPlace.address === '')) return { recipientKey, before: atPlace };
    const last = await db.first(lastOutside, { key });
    return { recipientKey: nextOutsideKey(key, last?.recipient_key), before: undefined };
  }
}

/** What the events so far made of a recipient. */
function standingOf({
  state,
  state_at: stateAt,
  attempt,
  round_at: roundAt,
  facts,
}: Pick<JournalRecipientRow, 'state' | 'state_at' | 'attempt' | 'round_at' | 'facts'>): RecipientStanding {
  return { state: state ?? undefined, stateAt, attempt, roundAt, facts: factsOf(facts) };
}

function factsOfFirst({ mail }: StoredEvent): { readonly mailId: string; readonly facts: StoredFacts } {
  if (!mail?.facts) throw new Error('an event of a mail came without its facts');
  return { mailId: mail.mailId, facts: mail.facts };
}

/** The facts of a recipient's row. */
export function factsOf(json: string | null): RecipientStanding['facts'] {
  if (json === null) return [];
  const told = JSON.parse(json) as readonly string[];
  return RECIPIENT_FACTS.filter((fact) => told.includes(fact));
}

/** What is left of an event without what is known of a person. */
export function withoutPersonalJson(rest: string | null): string | null {
  if (rest === null) return null;
  return JSON.stringify(withoutPersonalFields(JSON.parse(rest) as Record<string, unknown>));
}
