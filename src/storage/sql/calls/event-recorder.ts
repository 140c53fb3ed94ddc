import { LRUCache } from 'lru-cache';
import { withoutPersonalFields } from '../../../journal/erased-event.js';
import {
  NO_STANDING,
  RECIPIENT_FACTS,
  standingAfter,
  type RecipientStanding,
} from '../../../journal/recipient-state.js';
import {
  storedEventId,
  storedMessageId,
  type StoredEvent,
  type StoredEventOfMail,
  type StoredFacts,
} from '../events/stored-event.js';
import type { JournalQueries, JournalRecipientRow } from '../tables/journal-queries.js';
import type { SqlConnection } from '../tables/sql-connection.js';
import { HourTally } from './hour-tally.js';

/** Mails whose key is remembered, so that the second event of a mail need not look it up. */
const REMEMBERED = 10_000;
/** Events about no mail that are looked at to see whether one was told before. */
const OTHERS_LOOKED_AT = 200;

/** Writes events into the log, which is the journal as well, within the transaction of whatever brought them. */
export class EventRecorder {
  readonly #db: SqlConnection;
  readonly #queries: JournalQueries;
  readonly #tally: HourTally;
  /** The last keys that were given: the file has one writer, and a key that was rolled back is not missed. */
  #last: { mail: number; recipient: number } | undefined;
  readonly #keys = new LRUCache<string, number>({ max: REMEMBERED });
  /** By the key of the mail and the address, as they lie in their rows. */
  readonly #recipients = new LRUCache<string, JournalRecipientRow>({ max: REMEMBERED });

  constructor(db: SqlConnection, queries: JournalQueries) {
    this.#db = db;
    this.#queries = queries;
    this.#tally = new HourTally(db, queries);
  }

  /** Writes events in this order, each once. */
  async record(events: readonly StoredEvent[]): Promise<void> {
    for (const event of events) {
      if (event.mail) await this.#recordOfMail(event, event.mail, undefined);
      else await this.#recordOther(event);
    }
  }

  /**
   * Writes the events of a step that cannot come twice, so that none of them is there.
   *
   * @param mail the mail of the step, JSON
   */
  async recordStep(events: readonly StoredEvent[], mail: string): Promise<void> {
    for (const event of events) if (event.mail) await this.#recordOfMail(event, event.mail, mail);
  }

  /** Writes what was summed up; at the end of each transaction. */
  async write(): Promise<void> {
    await this.#tally.write();
  }

  /** Forgets what was of a transaction that was rolled back. */
  clear(): void {
    this.forgetRows();
    this.#tally.clear();
  }

  /** Looks rows up again: somebody else changed or removed some. */
  forgetRows(): void {
    this.#keys.clear();
    this.#recipients.clear();
  }

  async #recordOther({ id, type, at, rest }: StoredEvent): Promise<void> {
    const known = await this.#db.first(this.#queries.otherEvent, { id, limit: OTHERS_LOOKED_AT });
    if (known) return;
    await this.#db.run(this.#queries.addEvent, { mail_key: null, recipient_key: null, type, at, id, rest });
  }

  async #recordOfMail(
    event: StoredEvent,
    mail: StoredEventOfMail,
    ofStep: string | undefined,
  ): Promise<void> {
    const db = this.#db;
    const isNew = ofStep !== undefined;
    const { key, isAdded } = await this.#keyOf(event, mail, ofStep);
    const id = storedEventId(event.id, mail.mailId);
    if (!isNew && !isAdded && (await db.first(this.#queries.eventOfMail, { key, id }))) return;
    const recipient = isAdded
      ? undefined
      : (this.#recipients.get(`${key} ${mail.address}`) ?? (await this.#recipientOf(key, mail)));
    const standing = standingAfter(recipient ? standingOf(recipient) : NO_STANDING, mail.standing);
    const isErased = recipient?.address === '';
    const columns = {
      state: standing.state ?? null,
      state_at: standing.stateAt,
      attempt: standing.attempt,
      round_at: standing.roundAt,
      facts: standing.facts.length === 0 ? null : JSON.stringify(standing.facts),
      transport: mail.transport || (recipient?.transport ?? null),
      provider_message_id: mail.providerMessageId ?? recipient?.provider_message_id ?? null,
    };
    let recipientKey = recipient?.recipient_key;
    if (recipientKey === undefined) {
      const { place, address } = mail;
      const last = await this.#lastKeys();
      recipientKey = ++last.recipient;
      await db.run(this.#queries.addRecipient, {
        recipient_key: recipientKey,
        mail_key: key,
        place,
        address,
        ...columns,
      });
    } else {
      await db.run(this.#queries.writeRecipient, { recipient_key: recipientKey, ...columns });
    }
    if (!isErased) {
      const { place, address } = recipient ?? mail;
      // By its own name, not by that in other letters by which somebody else may have told of it.
      this.#recipients.set(`${key} ${address}`, {
        recipient_key: recipientKey,
        mail_key: key,
        place,
        address,
        ...columns,
      });
    }
    const { type, at } = event;
    const rest = isErased ? withoutPersonalData(event.rest) : event.rest;
    await db.run(this.#queries.addEvent, {
      mail_key: key,
      recipient_key: recipientKey,
      type,
      at,
      id,
      rest: rest === '{}' ? null : rest,
    });
    this.#tally.add({ at, type, stream: mail.stream, transport: mail.transport, domain: mail.domain });
  }

  /** @param ofStep the mail of a step that is most likely its first: then it is added without a look */
  async #keyOf(
    { at }: StoredEvent,
    { mailId, facts = '' }: StoredEventOfMail,
    ofStep: string | undefined,
  ): Promise<{ readonly key: number; readonly isAdded: boolean }> {
    const remembered = this.#keys.get(mailId);
    if (remembered !== undefined) return { key: remembered, isAdded: false };
    const known = ofStep === undefined ? await this.#known(mailId) : undefined;
    const added = known ?? (await this.#addMail(mailId, at, ofStep ?? facts));
    const key = added ?? (await this.#known(mailId));
    if (key === undefined) throw new Error('a mail that is there has no number');
    this.#keys.set(mailId, key);
    return { key, isAdded: known === undefined && added !== undefined };
  }

  async #known(mailId: string): Promise<number | undefined> {
    return (await this.#db.first(this.#queries.mailOfId, { id: mailId }))?.mail_key;
  }

  /** Undefined when it is there. */
  async #addMail(id: string, at: number, json: string): Promise<number | undefined> {
    // The mail of a step, or what storedEvents() wrote in this process: either has these.
    const facts = JSON.parse(json) as StoredFacts;
    const { messageId, relay, stream, tenant, template, subject, tags, metadata, originalRecipients } = facts;
    const last = await this.#lastKeys();
    const key = last.mail + 1;
    const added = await this.#db.run(this.#queries.addMail, {
      mail_key: key,
      id,
      message_id: storedMessageId(messageId, id),
      relay,
      stream,
      tenant,
      template: template ?? null,
      subject: subject ?? null,
      tags: tags.length === 0 ? null : JSON.stringify(tags),
      metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
      original: originalRecipients ? JSON.stringify(originalRecipients) : null,
      created_at: at,
    });
    if (added === 0) return undefined;
    last.mail = key;
    for (const tag of tags) await this.#db.run(this.#queries.addTag, { tag, mail_key: key });
    return key;
  }

  async #lastKeys(): Promise<{ mail: number; recipient: number }> {
    if (this.#last) return this.#last;
    const found = await this.#db.first(this.#queries.lastKeys, {});
    this.#last = { mail: found?.mail ?? 0, recipient: found?.recipient ?? 0 };
    return this.#last;
  }

  async #recipientOf(
    key: number,
    { address, place }: StoredEventOfMail,
  ): Promise<JournalRecipientRow | undefined> {
    const known = await this.#db.first(this.#queries.recipientOf, { key, address });
    if (known || place < 0) return known;
    return this.#db.first(this.#queries.erasedRecipientOf, { key, place });
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

/** The facts of a recipient's row. */
export function factsOf(json: string | null): RecipientStanding['facts'] {
  if (json === null) return [];
  const told = JSON.parse(json) as readonly string[];
  return RECIPIENT_FACTS.filter((fact) => told.includes(fact));
}

/** What is left of an event without what is known of a person. */
export function withoutPersonalData(rest: string | null): string {
  if (rest === null) return '{}';
  return JSON.stringify(withoutPersonalFields(JSON.parse(rest) as Record<string, unknown>));
}
