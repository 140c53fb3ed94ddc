import { mailIdIn, type MailId } from '../../../core/mail/mail-id.js';
import type { MailEvent } from '../../../events/mail-event.js';
import { withoutPersonalData } from '../../../journal/erased-event.js';
import type { CheckedCounterQuery, CheckedSearch } from '../../../journal/journal-store.js';
import type {
  EventCount,
  FoundMail,
  JournalMail,
  JournalPage,
  JournalRecipient,
  MailReference,
  MailTimeline,
} from '../../../journal/mail-journal.js';
import { eventOfRow, messageId } from '../events/stored-event.js';
import type { JournalMailRow, JournalRecipientRow, SearchGiven } from '../tables/journal-queries.js';
import type { CallContext } from './call-context.js';
import { factsOf } from './event-recorder.js';
import { hourOf } from './hour-tally.js';
import type { SpoolCalls } from './spool-calls.js';

type Calls = Pick<SpoolCalls, 'timeline' | 'search' | 'counters' | 'find'>;

/** Mails that are looked at for one page. */
const LOOK_AT = 5000;
/** How many mails the order of keys and that of moments may be apart. */
const SLACK = 1000;
const END = Number.MAX_SAFE_INTEGER;

/** Looks things up in the journal. */
export class JournalCalls implements Calls {
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  async timeline(id: MailId): Promise<MailTimeline | undefined> {
    const { db, journal } = this.#context;
    const mail = await db.first(journal.mailOfId, { id });
    if (!mail) return undefined;
    const key = mail.mail_key;
    const rows = await db.all(journal.recipientsOf, { key });
    const byKey = new Map(rows.map((row) => [row.recipient_key, row]));
    const events = await db.all(journal.eventsOfMail, { key });
    return {
      ...mailOf(mail),
      recipients: rows.map(recipientOf),
      // Only events of mails are rows of a mail.
      events: events.map((row) => {
        const recipient = byKey.get(row.recipient_key ?? 0);
        const event = eventOfRow({ ...row, mail, recipient }) as MailEvent;
        // What the mail still tells is of its other recipients.
        return recipient?.address === '' ? withoutPersonalData(event, '') : event;
      }),
    };
  }

  async search(search: CheckedSearch): Promise<JournalPage> {
    const { db, journal } = this.#context;
    const { limit, recipient = null, tag = null } = search;
    const cursor = readCursor(search.cursor);
    if (!cursor) return { entries: [] };
    const bounds = await this.#bounds(search);
    let high = Math.min(cursor.mail, bounds.high);
    const before = high === cursor.mail ? cursor.recipient : END;
    if (high < bounds.low) return { entries: [] };
    const { low, isLast } = await this.#floor(search, high, bounds.low);
    const given: SearchGiven = {
      recipient,
      subject: search.subject ?? null,
      tag,
      template: search.template ?? null,
      stream: search.stream ?? null,
      tenant: search.tenant ?? null,
      state: search.state ?? null,
      since: search.since ?? null,
      until: search.until ?? null,
      low,
      high,
      before,
      limit: limit + 1,
    };
    const query =
      recipient !== null ? journal.pageOfAddress : tag !== null ? journal.pageOfTag : journal.pageOfAll;
    const rows = await db.all(query, given);
    const page = rows.slice(0, limit);
    const entries = page.map((row) => ({ ...mailOf(row), recipient: recipientOf(row) }));
    const last = page.at(-1);
    if (rows.length > limit && last) return { entries, cursor: `${last.mail_key}.${last.recipient_key}` };
    high = low - 1;
    return isLast || high < bounds.low ? { entries } : { entries, cursor: `${high}.${END}` };
  }

  async counters(query: CheckedCounterQuery): Promise<readonly EventCount[]> {
    const { db, journal } = this.#context;
    const { since = 0, until = END, types, stream, transport, domain, by } = query;
    const has = (dimension: (typeof by)[number]): number => Number(by.includes(dimension));
    const needsDomain = domain !== undefined || by.includes('domain');
    const rows = await db.all(needsDomain ? journal.domainHours : journal.hours, {
      since: hourOf(since),
      until,
      types: types ? JSON.stringify(types) : null,
      stream: stream ?? null,
      transport: transport ?? null,
      domain: domain?.toLowerCase() ?? null,
      byHour: has('hour'),
      byType: has('type'),
      byStream: has('stream'),
      byTransport: has('transport'),
      byDomain: has('domain'),
    });
    return rows.map((row) => ({
      ...(by.includes('hour') && { hour: new Date(row.hour) }),
      // Only types of events were counted.
      ...(by.includes('type') && { type: row.type as NonNullable<EventCount['type']> }),
      ...(by.includes('stream') && { stream: row.stream }),
      ...(by.includes('transport') && { transport: row.transport }),
      ...(by.includes('domain') && { domain: row.domain }),
      count: row.count,
    }));
  }

  async find(reference: MailReference): Promise<FoundMail | undefined> {
    const { db, journal } = this.#context;
    const mail = await this.#mailOf(reference);
    if (!mail) return undefined;
    const key = mail.mail_key;
    const { recipient: address } = reference;
    if (address === undefined) {
      return {
        ...mailOf(mail),
        relay: mail.relay,
        recipients: (await db.all(journal.recipientsOf, { key })).map(recipientOf),
      };
    }
    const recipient = await db.first(journal.recipientOf, { key, address });
    return recipient && { ...mailOf(mail), relay: mail.relay, recipients: [recipientOf(recipient)] };
  }

  async #mailOf(reference: MailReference): Promise<JournalMailRow | undefined> {
    const { db, journal } = this.#context;
    if ('mailId' in reference) return db.first(journal.mailOfId, { id: reference.mailId });
    if ('providerMessageId' in reference)
      return db.first(journal.mailOfProvider, { id: reference.providerMessageId });
    const id = mailIdIn(reference.messageId);
    const derived = id === undefined ? undefined : await db.first(journal.mailOfId, { id });
    if (derived && messageId(derived.message_id, derived.id) === reference.messageId) return derived;
    return db.first(journal.mailOfMessage, { messageId: `<${reference.messageId}` });
  }

  /** The keys that the moments of a search lead to; generous, because the search looks at the moments as well. */
  async #bounds({ since, until }: CheckedSearch): Promise<{ readonly low: number; readonly high: number }> {
    const { db, journal } = this.#context;
    const newest = (await db.first(journal.newestMail, {}))?.key ?? 0;
    const oldest = (await db.first(journal.oldestMail, {}))?.key ?? 1;
    const last =
      until === undefined ? newest : (await db.first(journal.lastBefore, { until, slack: SLACK }))?.key;
    const first =
      since === undefined ? oldest : (await db.first(journal.firstSince, { since, slack: SLACK }))?.key;
    return { low: first ?? END, high: last ?? 0 };
  }

  /** How far down one page looks. */
  async #floor(
    { recipient, tag }: CheckedSearch,
    high: number,
    lowest: number,
  ): Promise<{ readonly low: number; readonly isLast: boolean }> {
    const { db, journal } = this.#context;
    if (recipient === undefined && tag === undefined) {
      const low = Math.max(lowest, high - LOOK_AT);
      return { low, isLast: low === lowest };
    }
    const found =
      recipient === undefined
        ? await db.first(journal.floorOfTag, { tag: tag ?? '', high, look: LOOK_AT })
        : await db.first(journal.floorOfAddress, { address: recipient, high, look: LOOK_AT });
    const low = Math.max(lowest, found?.low ?? lowest);
    return { low, isLast: (found?.count ?? 0) < LOOK_AT || low === lowest };
  }
}

function mailOf(row: JournalMailRow): JournalMail {
  return {
    mailId: row.id,
    messageId: messageId(row.message_id, row.id),
    ...(row.subject !== null && { subject: row.subject }),
    stream: row.stream,
    tenant: row.tenant,
    ...(row.template !== null && { template: row.template }),
    tags: row.tags === null ? [] : (JSON.parse(row.tags) as readonly string[]),
    metadata: row.metadata === null ? {} : (JSON.parse(row.metadata) as Readonly<Record<string, string>>),
    createdAt: new Date(row.created_at),
  };
}

function recipientOf(
  row: Pick<JournalRecipientRow, 'address' | 'state' | 'state_at' | 'facts' | 'transport'>,
): JournalRecipient {
  return {
    address: row.address,
    ...(row.state !== null && { state: row.state }),
    stateAt: new Date(row.state_at),
    facts: factsOf(row.facts),
    ...(row.transport !== null && { transport: row.transport }),
  };
}

/** A cursor that is none leads to no page. */
function readCursor(
  cursor: string | undefined,
): { readonly mail: number; readonly recipient: number } | undefined {
  if (cursor === undefined) return { mail: END, recipient: END };
  const [mail = Number.NaN, recipient = Number.NaN] = cursor.split('.').map(Number);
  return Number.isSafeInteger(mail) && Number.isSafeInteger(recipient) ? { mail, recipient } : undefined;
}
