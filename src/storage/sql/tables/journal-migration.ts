import type { Compilable, Kysely, RawBuilder, sql } from 'kysely';
import { firstKey, firstOutsideKey, isPlaceIn } from './recipient-key.js';

/** The tables of the event log and of the journal, which are the same events. */
export function createJournalTables({ schema }: Kysely<unknown>, raw: typeof sql): readonly Compilable[] {
  return [
    schema
      .createTable('journal_mails')
      .addColumn('mail_key', 'integer', (column) => column.primaryKey())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('relay', 'text', (column) => column.notNull())
      .addColumn('stream', 'text', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('template', 'text')
      .addColumn('subject', 'text')
      .addColumn('tags', 'text')
      .addColumn('metadata', 'text')
      .addColumn('original', 'text')
      .addColumn('created_at', 'integer', (column) => column.notNull()),
    schema
      .createTable('journal_recipients')
      .addColumn('recipient_key', 'integer', (column) => column.primaryKey())
      .addColumn('mail_key', 'integer', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('state', 'text')
      .addColumn('state_at', 'integer', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('round_at', 'integer', (column) => column.notNull())
      .addColumn('facts', 'text')
      .addColumn('transport', 'text')
      .addColumn('provider_message_id', 'text'),
    schema
      .createTable('journal_tags')
      .addColumn('tag', 'text', (column) => column.notNull())
      .addColumn('mail_key', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_tags_key', ['tag', 'mail_key'])
      .modifyEnd(raw`without rowid`),
    schema
      .createTable('events')
      .addColumn('seq', 'integer', (column) => column.primaryKey())
      .addColumn('mail_key', 'integer')
      .addColumn('recipient_key', 'integer')
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('rest', 'text'),
    schema
      .createTable('event_readers')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('position', 'text', (column) => column.notNull())
      .addColumn('waiting', 'text', (column) => column.notNull())
      .addColumn('token', 'text')
      .addColumn('owner', 'text')
      .addColumn('lease_until', 'integer'),
    ...['journal_hours', 'journal_domain_hours'].map((table) =>
      schema
        .createTable(table)
        .addColumn('hour', 'integer', (column) => column.notNull())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('stream', 'text', (column) => column.notNull())
        .addColumn('transport', 'text', (column) => column.notNull())
        .addColumn('domain', 'text', (column) => column.notNull())
        .addColumn('count', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ['hour', 'type', 'stream', 'transport', 'domain'])
        .modifyEnd(raw`without rowid`),
    ),
    schema.createIndex('journal_mails_time').on('journal_mails').column('created_at'),
    // What is derived from the mail's id needs no index: see storedMessageId.
    schema
      .createIndex('journal_mails_message')
      .on('journal_mails')
      .column('message_id')
      .where(raw<boolean>`substr(message_id, 1, 1) = '<'`),
    schema
      .createIndex('journal_recipients_address')
      .on('journal_recipients')
      .expression(raw`address collate nocase, mail_key`),
    schema.createIndex('journal_recipients_mail').on('journal_recipients').column('mail_key'),
    schema
      .createIndex('journal_recipients_provider')
      .on('journal_recipients')
      .column('provider_message_id')
      .where(raw.ref('provider_message_id'), 'is not', null),
    schema
      .createIndex('journal_mails_redirected')
      .on('journal_mails')
      .column('mail_key')
      .where(raw.ref('original'), 'is not', null),
    schema.createIndex('events_mail').on('events').column('mail_key'),
  ];
}

/**
 * Gives recipients the keys that their mail and their place make, so that they are found without an index, and events
 * say by them which mail they are about. A mail of the spool keeps its key in the journal.
 */
export function keyRecipientsByPlace(db: Kysely<unknown>, raw: typeof sql): readonly Compilable[] {
  const { schema } = db;
  const columns = raw`address, state, state_at, attempt, round_at, facts, transport, provider_message_id`;
  const mailKey = raw.ref('mail_key');
  const statement = (text: RawBuilder<unknown>): Compilable => ({ compile: () => text.compile(db) });
  return [
    schema
      .createTable('keyed_recipients')
      .addColumn('recipient_key', 'integer', (column) => column.primaryKey())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('state', 'text')
      .addColumn('state_at', 'integer', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('round_at', 'integer', (column) => column.notNull())
      .addColumn('facts', 'text')
      .addColumn('transport', 'text')
      .addColumn('provider_message_id', 'text'),
    schema
      .createTable('new_keys')
      .addColumn('before', 'integer', (column) => column.primaryKey())
      .addColumn('key', 'integer', (column) => column.notNull()),
    // Whoever is not the first of his place has a key like those who have none.
    statement(raw`
      insert into new_keys (before, key)
      select recipient_key, case when ${isPlaceIn(raw, raw.ref('place'))} and of_place = 1
        then ${firstKey(raw, mailKey)} + place else ${firstOutsideKey(raw, mailKey)} + of_mail - 1 end
      from (
        select recipient_key, mail_key, place,
          row_number() over (partition by mail_key, place order by recipient_key) as of_place,
          row_number() over (partition by mail_key order by recipient_key) as of_mail
        from journal_recipients
      )`),
    statement(raw`
      insert into keyed_recipients (recipient_key, ${columns})
      select key, ${columns} from journal_recipients join new_keys on before = recipient_key order by key`),
    schema.dropIndex('events_mail'),
    statement(raw`
      update events set recipient_key = (select key from new_keys where before = recipient_key)
      where recipient_key is not null`),
    schema.alterTable('events').dropColumn('mail_key'),
    schema.createIndex('events_recipient').on('events').column('recipient_key'),
    schema.dropTable('new_keys'),
    schema.dropTable('journal_recipients'),
    schema.alterTable('keyed_recipients').renameTo('journal_recipients'),
    schema
      .createIndex('journal_recipients_address')
      .on('journal_recipients')
      .expression(raw`address collate nocase`),
    schema
      .createIndex('journal_recipients_provider')
      .on('journal_recipients')
      .column('provider_message_id')
      .where(raw.ref('provider_message_id'), 'is not', null),
    schema.alterTable('mails').addColumn('journal_key', 'integer'),
    statement(
      raw`update mails set journal_key = (select mail_key from journal_mails where journal_mails.id = mails.id)`,
    ),
  ];
}
