import type { Kysely, Selectable } from 'kysely';
import type { RecipientState } from '../../../core/mail/delivery-report.js';
import type {
  EventReadersTable,
  EventsTable,
  JournalMailsTable,
  JournalRecipientsTable,
  JournalTables,
} from './journal-tables.js';
import { writeQuery } from './query.js';
import { endOfKeys, firstKey, firstOutsideKey, mailOfRecipient } from './recipient-key.js';

/** A mail as the journal keeps it. */
export type JournalMailRow = Selectable<JournalMailsTable>;
/** A recipient as the journal keeps it. */
export type JournalRecipientRow = Selectable<JournalRecipientsTable>;
/** An event as it is stored. */
export type StoredEventRow = Selectable<EventsTable>;

/** What a search asks for; null does not narrow. */
export interface SearchGiven {
  readonly recipient: string | null;
  readonly subject: string | null;
  readonly tag: string | null;
  readonly template: string | null;
  readonly stream: string | null;
  readonly tenant: string | null;
  readonly state: RecipientState | null;
  readonly since: number | null;
  readonly until: number | null;
  /** Mails from this key to that one are looked at. */
  readonly low: number;
  readonly high: number;
  /** Recipients of the mail `high` from this key on are on an earlier page. */
  readonly before: number;
  readonly limit: number;
}

/** What a question for counts asks for; null does not narrow, `types` is a JSON list. */
export interface CountersGiven {
  readonly since: number;
  readonly until: number;
  readonly types: string | null;
  readonly stream: string | null;
  readonly transport: string | null;
  readonly domain: string | null;
  readonly byHour: number;
  readonly byType: number;
  readonly byStream: number;
  readonly byTransport: number;
  readonly byDomain: number;
}

/** Every statement of an event log and a journal, written once when they are opened. */
export type JournalQueries = ReturnType<typeof writeJournalQueries>;

export function writeJournalQueries(db: Kysely<JournalTables>, { sql }: typeof import('kysely')) {
  const mails = db.selectFrom('journal_mails');
  const recipients = db.selectFrom('journal_recipients');
  const events = db.selectFrom('events');
  const sameAddress = (address: string) => sql<boolean>`address = ${address} collate nocase`;
  const ofMail = (mailKey: unknown, recipientKey = sql.ref('recipient_key')) =>
    sql<boolean>`${recipientKey} >= ${firstKey(sql, mailKey)} and ${recipientKey} < ${endOfKeys(sql, mailKey)}`;
  const ofMails = ({ low, high }: { readonly low: number; readonly high: number }) =>
    sql<boolean>`recipient_key >= ${firstKey(sql, low)} and recipient_key < ${endOfKeys(sql, high)}`;

  const found = (given: SearchGiven) => sql<boolean>`
    (${given.recipient} is null or r.address = ${given.recipient} collate nocase)
    and (${given.state} is null or r.state = ${given.state})
    and (${given.stream} is null or m.stream = ${given.stream})
    and (${given.tenant} is null or m.tenant = ${given.tenant})
    and (${given.template} is null or m.template = ${given.template})
    and (${given.since} is null or m.created_at >= ${given.since})
    and (${given.until} is null or m.created_at < ${given.until})
    and (${given.subject} is null or instr(lower(m.subject), lower(${given.subject})) > 0)
    and (${given.tag} is null or exists (select 1 from journal_tags t where t.tag = ${given.tag} and t.mail_key = m.mail_key))`;
  const page = (given: SearchGiven) =>
    db
      .selectFrom('journal_mails as m')
      .innerJoin('journal_recipients as r', (join) =>
        join.on(ofMail(sql.ref('m.mail_key'), sql.ref('r.recipient_key'))),
      )
      .selectAll('m')
      .select(['r.recipient_key', 'r.address', 'r.state', 'r.state_at', 'r.facts', 'r.transport'])
      .where('m.mail_key', '>=', given.low)
      .where('m.mail_key', '<=', given.high)
      .where(sql<boolean>`(m.mail_key < ${given.high} or r.recipient_key < ${given.before})`)
      .where(found(given))
      .orderBy('m.mail_key', 'desc')
      .orderBy('r.recipient_key', 'desc')
      .limit(given.limit);

  const counted = (table: 'journal_hours' | 'journal_domain_hours') => (given: CountersGiven) =>
    db
      .selectFrom(table)
      .select([
        sql<number>`case when ${given.byHour} = 1 then hour else 0 end`.as('hour'),
        sql<string>`case when ${given.byType} = 1 then type else '' end`.as('type'),
        sql<string>`case when ${given.byStream} = 1 then stream else '' end`.as('stream'),
        sql<string>`case when ${given.byTransport} = 1 then transport else '' end`.as('transport'),
        sql<string>`case when ${given.byDomain} = 1 then domain else '' end`.as('domain'),
        sql<number>`sum(count)`.as('count'),
      ])
      .where('hour', '>=', given.since)
      .where('hour', '<', given.until)
      .where(sql<boolean>`(${given.types} is null or type in (select value from json_each(${given.types})))`)
      .where(sql<boolean>`(${given.stream} is null or stream = ${given.stream})`)
      .where(sql<boolean>`(${given.transport} is null or transport = ${given.transport})`)
      .where(sql<boolean>`(${given.domain} is null or domain = ${given.domain})`)
      .groupBy(sql`1, 2, 3, 4, 5`);
  const count = (table: 'journal_hours' | 'journal_domain_hours') =>
    writeQuery(
      (given: {
        hour: number;
        type: string;
        stream: string;
        transport: string;
        domain: string;
        count: number;
      }) =>
        db
          .insertInto(table)
          .values({
            hour: given.hour,
            type: given.type,
            stream: given.stream,
            transport: given.transport,
            domain: given.domain,
            count: given.count,
          })
          .onConflict((conflict) =>
            conflict
              .columns(['hour', 'type', 'stream', 'transport', 'domain'])
              .doUpdateSet((row) => ({ count: row(`${table}.count`, '+', given.count) })),
          ),
    );
  const forgetHours = (table: 'journal_hours' | 'journal_domain_hours') =>
    writeQuery((given: { before: number }) => db.deleteFrom(table).where('hour', '<', given.before));

  return {
    mailOfId: writeQuery((given: { id: string }) => mails.selectAll().where('id', '=', given.id)),
    mailOfKey: writeQuery((given: { key: number }) => mails.selectAll().where('mail_key', '=', given.key)),
    mailOfMessage: writeQuery((given: { messageId: string }) =>
      mails
        .selectAll()
        .where('message_id', '=', given.messageId)
        .where(sql<boolean>`substr(message_id, 1, 1) = '<'`)
        .orderBy('mail_key', 'desc')
        .limit(1),
    ),
    mailOfProvider: writeQuery((given: { id: string }) =>
      recipients
        .innerJoin('journal_mails', (join) =>
          join.on(sql<boolean>`mail_key = ${mailOfRecipient(sql, sql.ref('recipient_key'))}`),
        )
        .selectAll('journal_mails')
        .where('provider_message_id', '=', given.id)
        .orderBy('recipient_key', 'desc')
        .limit(1),
    ),
    keyOfId: writeQuery((given: { id: string }) => mails.select('mail_key').where('id', '=', given.id)),
    addMail: writeQuery((given: JournalMailRow) =>
      db
        .insertInto('journal_mails')
        .values({
          mail_key: given.mail_key,
          id: given.id,
          message_id: given.message_id,
          relay: given.relay,
          stream: given.stream,
          tenant: given.tenant,
          template: given.template,
          subject: given.subject,
          tags: given.tags,
          metadata: given.metadata,
          original: given.original,
          created_at: given.created_at,
        })
        .onConflict((conflict) => conflict.column('id').doNothing()),
    ),
    addTag: writeQuery((given: { tag: string; mail_key: number }) =>
      db
        .insertInto('journal_tags')
        .values({ tag: given.tag, mail_key: given.mail_key })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    anonymizeMail: writeQuery((given: { key: number; original: string | null }) =>
      db
        .updateTable('journal_mails')
        .set({ subject: null, metadata: null, original: given.original })
        .where('mail_key', '=', given.key),
    ),
    redirectedFrom: writeQuery((given: { address: string; limit: number }) =>
      db
        .selectFrom('journal_mails')
        .select(['mail_key', 'original'])
        .where('original', 'is not', null)
        .where(
          sql<boolean>`exists (select 1 from json_each(original) where lower(value) = lower(${given.address}))`,
        )
        .limit(given.limit),
    ),
    setOriginal: writeQuery((given: { key: number; original: string | null }) =>
      db.updateTable('journal_mails').set({ original: given.original }).where('mail_key', '=', given.key),
    ),

    recipientsOf: writeQuery((given: { key: number }) =>
      recipients.selectAll().where(ofMail(given.key)).orderBy('recipient_key'),
    ),
    recipientOfKey: writeQuery((given: { recipientKey: number }) =>
      recipients.selectAll().where('recipient_key', '=', given.recipientKey),
    ),
    recipientOf: writeQuery((given: { key: number; address: string }) =>
      recipients
        .selectAll()
        .where(sameAddress(given.address))
        .where(ofMail(given.key))
        .orderBy(sql`address = ${given.address}`, 'desc')
        .limit(1),
    ),
    lastOutside: writeQuery((given: { key: number }) =>
      recipients
        .select('recipient_key')
        .where(
          sql<boolean>`recipient_key >= ${firstOutsideKey(sql, given.key)} and recipient_key < ${endOfKeys(sql, given.key)}`,
        )
        .orderBy('recipient_key', 'desc')
        .limit(1),
    ),
    recipientsNamed: writeQuery((given: { address: string; limit: number }) =>
      recipients.selectAll().where(sameAddress(given.address)).limit(given.limit),
    ),
    addRecipient: writeQuery((given: JournalRecipientRow) =>
      db.insertInto('journal_recipients').values({
        recipient_key: given.recipient_key,
        address: given.address,
        state: given.state,
        state_at: given.state_at,
        attempt: given.attempt,
        round_at: given.round_at,
        facts: given.facts,
        transport: given.transport,
        provider_message_id: given.provider_message_id,
      }),
    ),
    writeRecipient: writeQuery((given: Omit<JournalRecipientRow, 'address'>) =>
      db
        .updateTable('journal_recipients')
        .set({
          state: given.state,
          state_at: given.state_at,
          attempt: given.attempt,
          round_at: given.round_at,
          facts: given.facts,
          transport: given.transport,
          provider_message_id: given.provider_message_id,
        })
        .where('recipient_key', '=', given.recipient_key),
    ),
    eraseAddress: writeQuery((given: { key: number }) =>
      db.updateTable('journal_recipients').set({ address: '' }).where('recipient_key', '=', given.key),
    ),

    addEvent: writeQuery((given: Omit<StoredEventRow, 'seq'>) =>
      db.insertInto('events').values({
        recipient_key: given.recipient_key,
        type: given.type,
        at: given.at,
        id: given.id,
        rest: given.rest,
      }),
    ),
    eventOf: writeQuery((given: { recipientKey: number; id: string }) =>
      events
        .select('seq')
        .where('recipient_key', '=', given.recipientKey)
        .where('id', '=', given.id)
        .limit(1),
    ),
    eventOfMail: writeQuery((given: { key: number; id: string; ofErased: number }) =>
      events
        .innerJoin('journal_recipients', 'journal_recipients.recipient_key', 'events.recipient_key')
        .select('seq')
        .where(ofMail(given.key, sql.ref('events.recipient_key')))
        .where('events.id', '=', given.id)
        .where(sql<boolean>`(${given.ofErased} = 0 or address = '')`)
        .limit(1),
    ),
    // Few, and only the last of them can be told again.
    otherEvent: writeQuery((given: { id: string; limit: number }) =>
      db
        .selectFrom(
          events
            .select(['seq', 'id'])
            .where('recipient_key', 'is', null)
            .orderBy('seq', 'desc')
            .limit(given.limit)
            .as('last'),
        )
        .select('seq')
        .where('id', '=', given.id)
        .limit(1),
    ),
    eventsOfMail: writeQuery((given: { key: number }) =>
      events.selectAll().where(ofMail(given.key)).orderBy('seq'),
    ),
    eventsAfter: writeQuery((given: { seq: number; until: number; types: string | null; limit: number }) =>
      events
        .selectAll()
        .where('seq', '>', given.seq)
        .where('seq', '<=', given.until)
        .where(
          sql<boolean>`(${given.types} is null or type in (select value from json_each(${given.types})))`,
        )
        .orderBy('seq')
        .limit(given.limit),
    ),
    eventsAt: writeQuery((given: { seqs: string }) =>
      events
        .selectAll()
        .where(sql<boolean>`seq in (select value from json_each(${given.seqs}))`)
        .orderBy('seq'),
    ),
    lastEvent: writeQuery(() => events.select((row) => row.fn.max('seq').as('seq'))),
    writeRest: writeQuery((given: { seq: number; rest: string | null }) =>
      db.updateTable('events').set({ rest: given.rest }).where('seq', '=', given.seq),
    ),

    reader: writeQuery((given: { name: string }) =>
      db.selectFrom('event_readers').selectAll().where('name', '=', given.name),
    ),
    writeReader: writeQuery((given: Selectable<EventReadersTable>) =>
      db
        .insertInto('event_readers')
        .values({
          name: given.name,
          position: given.position,
          waiting: given.waiting,
          token: given.token,
          owner: given.owner,
          lease_until: given.lease_until,
        })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({
            position: given.position,
            waiting: given.waiting,
            token: given.token,
            owner: given.owner,
            lease_until: given.lease_until,
          }),
        ),
    ),
    releaseReaders: writeQuery(() =>
      db.updateTable('event_readers').set({ token: null, owner: null, lease_until: null }),
    ),

    newestMail: writeQuery(() => mails.select((row) => row.fn.max('mail_key').as('key'))),
    oldestMail: writeQuery(() => mails.select((row) => row.fn.min('mail_key').as('key'))),
    // Processes tell a little late, so that keys and moments run side by side only by and large.
    lastBefore: writeQuery((given: { until: number; slack: number }) =>
      db
        .selectFrom(
          mails
            .select('mail_key')
            .where('created_at', '<', given.until)
            .orderBy('created_at', 'desc')
            .limit(given.slack)
            .as('some'),
        )
        .select((row) => row.fn.max('mail_key').as('key')),
    ),
    firstSince: writeQuery((given: { since: number; slack: number }) =>
      db
        .selectFrom(
          mails
            .select('mail_key')
            .where('created_at', '>=', given.since)
            .orderBy('created_at')
            .limit(given.slack)
            .as('some'),
        )
        .select((row) => row.fn.min('mail_key').as('key')),
    ),
    floorOfAddress: writeQuery((given: { address: string; high: number; look: number }) =>
      db
        .selectFrom(
          recipients
            .select('recipient_key')
            .where(sameAddress(given.address))
            .where(sql<boolean>`recipient_key < ${endOfKeys(sql, given.high)}`)
            .orderBy('recipient_key', 'desc')
            .limit(given.look)
            .as('some'),
        )
        .select(({ fn }) => [
          mailOfRecipient(sql, fn.min('recipient_key')).as('low'),
          fn.countAll<number>().as('count'),
        ]),
    ),
    floorOfTag: writeQuery((given: { tag: string; high: number; look: number }) =>
      db
        .selectFrom(
          db
            .selectFrom('journal_tags')
            .select('mail_key')
            .where('tag', '=', given.tag)
            .where('mail_key', '<=', given.high)
            .orderBy('mail_key', 'desc')
            .limit(given.look)
            .as('some'),
        )
        .select((row) => [row.fn.min('mail_key').as('low'), row.fn.countAll<number>().as('count')]),
    ),
    pageOfAll: writeQuery((given: SearchGiven) => page(given)),
    pageOfAddress: writeQuery((given: SearchGiven) =>
      page(given).where(
        sql<boolean>`m.mail_key in (select ${mailOfRecipient(sql, sql.ref('recipient_key'))} from journal_recipients where address = ${given.recipient} collate nocase and ${ofMails(given)})`,
      ),
    ),
    pageOfTag: writeQuery((given: SearchGiven) =>
      page(given).where(
        sql<boolean>`m.mail_key in (select mail_key from journal_tags where tag = ${given.tag} and mail_key between ${given.low} and ${given.high})`,
      ),
    ),

    countHour: count('journal_hours'),
    countDomainHour: count('journal_domain_hours'),
    hours: writeQuery(counted('journal_hours')),
    domainHours: writeQuery(counted('journal_domain_hours')),

    firstMails: writeQuery((given: { limit: number }) =>
      mails.select(['mail_key', 'created_at', 'tags']).orderBy('mail_key').limit(given.limit),
    ),
    mailsAfter: writeQuery((given: { after: number; limit: number }) =>
      mails
        .select(['mail_key', 'created_at'])
        .where('mail_key', '>', given.after)
        .orderBy('mail_key')
        .limit(given.limit),
    ),
    removeTags: writeQuery((given: { tag: string; key: number }) =>
      db.deleteFrom('journal_tags').where('tag', '=', given.tag).where('mail_key', '=', given.key),
    ),
    removeRecipients: writeQuery((given: { key: number }) =>
      db.deleteFrom('journal_recipients').where(ofMail(given.key)),
    ),
    removeEvents: writeQuery((given: { key: number }) => db.deleteFrom('events').where(ofMail(given.key))),
    removeMail: writeQuery((given: { key: number }) =>
      db.deleteFrom('journal_mails').where('mail_key', '=', given.key),
    ),
    oldOtherEvents: writeQuery((given: { before: number; limit: number }) =>
      events
        .select('seq')
        .where('recipient_key', 'is', null)
        .where('at', '<', given.before)
        .orderBy('seq')
        .limit(given.limit),
    ),
    // A fact that fits no mail; few, and none of them has a row for its recipient.
    eraseUnmatched: writeQuery((given: { address: string }) =>
      db
        .updateTable('events')
        .set({ rest: sql<string>`json_set(rest, '$.recipient', '')` })
        .where('recipient_key', 'is', null)
        .where(sql<boolean>`json_extract(rest, '$.recipient') = ${given.address} collate nocase`),
    ),
    removeEvent: writeQuery((given: { seq: number }) => db.deleteFrom('events').where('seq', '=', given.seq)),
    forgetHours: forgetHours('journal_hours'),
    forgetDomainHours: forgetHours('journal_domain_hours'),
    // Up to which mail something was done, by its name.
    position: writeQuery((given: { name: string }) =>
      db.selectFrom('counters').select('value').where('name', '=', given.name),
    ),
    setPosition: writeQuery((given: { name: string; value: number }) =>
      db
        .insertInto('counters')
        .values({ name: given.name, value: given.value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: given.value })),
    ),
  };
}
