import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import * as kysely from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Mail } from '../../src/core/mail/mail.js';
import { eventOfFields } from '../../src/events/log/event-json.js';
import type { MailEvent } from '../../src/events/mail-event.js';
import type { FactUnmatched } from '../../src/events/unmatched-fact.js';
import { StoredJournal } from '../../src/journal/stored-journal.js';
import { sqlWriter } from '../../src/storage/sql/file/sql-packages.js';
import type { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { SPOOL_MIGRATIONS } from '../../src/storage/sql/tables/spool-migrations.js';
import { ADA, BOB, DAY_MS, KEEPS_ALL, newMail, queued, sent, to } from '../../src/testing/journal-clause.js';
import { sampleEntry } from '../../src/testing/sample-mail.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { SpoolFolder } from '../support/spool-folder.js';

const folder = new SpoolFolder();
const clock = new TestClock();
const LEASE = { owner: 'test', leaseMs: 60_000 };
const CAROL = 'carol@example.test';
const MONTH: typeof KEEPS_ALL = { ...KEEPS_ALL, eventsMs: 30 * DAY_MS, personalMs: 30 * DAY_MS };

/** Adds a mail with the events of its admission. */
async function add(
  spool: SqlSpool,
  mail: Mail,
  events: readonly MailEvent[] = mail.envelope.to.map((one) => queued(mail, one)),
) {
  await spool.add(sampleEntry(mail, { events }));
}

/** Settles a mail as sent to one of its recipients. */
async function settle(
  spool: SqlSpool,
  { id }: Mail,
  address: string,
  event: (mail: Mail) => readonly MailEvent[],
) {
  const claim = await spool.claim(id, LEASE);
  if (!claim) throw new Error('a mail that is due cannot be claimed');
  const recipients = [{ address, state: 'sent' as const }];
  await spool.settle(claim, { recipients, countAttempt: true, events: event(claim.mail) });
}

async function timelineOf(spool: SqlSpool, { id }: Mail) {
  const found = await new StoredJournal(spool.journal).timeline(id);
  return {
    recipients: found?.recipients.map(({ address, state }) => `${address} ${state ?? '-'}`),
    events: found?.events.map(({ type, recipient }) => `${recipient} ${type}`),
  };
}

describe('the journal in the file of a spool', () => {
  it('writes the events of every step to the recipient they are about', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock, to(ADA, BOB));
    await add(spool, mail);
    await settle(spool, mail, BOB, () => [sent(mail, clock, { recipient: BOB })]);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} queued`, `${BOB} sent`],
      events: [`${ADA} queued`, `${BOB} queued`, `${BOB} sent`],
    });
  });

  it('takes two events of one recipient from the step that brings the mail', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock);
    await add(spool, mail, [queued(mail), sent(mail, clock)]);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} sent`],
      events: [`${ADA} queued`, `${ADA} sent`],
    });
  });

  it('learns of a mail by its first step that has events, whichever that is', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock, to(ADA, BOB));
    await add(spool, mail, []);
    await settle(spool, mail, ADA, () => [sent(mail, clock)]);
    await settle(spool, mail, BOB, () => [sent(mail, clock, { recipient: BOB })]);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} sent`, `${BOB} sent`],
      events: [`${ADA} sent`, `${BOB} sent`],
    });
  });

  it('keeps recipients that are not in the envelope, in the order they were heard of', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock);
    await add(spool, mail);
    for (const recipient of [CAROL, BOB, CAROL.toUpperCase()])
      await spool.journal.record([sent(mail, clock, { recipient, attempt: 2 })]);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} queued`, `${CAROL} sent`, `${BOB} sent`],
      events: [`${ADA} queued`, `${CAROL} sent`, `${BOB} sent`],
    });
  });

  it('takes nobody for somebody else whose place he is told to have', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock, to(ADA, BOB));
    await add(spool, mail);
    const event = sent(mail, clock, { recipient: BOB });
    await spool.journal.record([{ ...event, id: event.id.replace(`${mail.id}.1.`, `${mail.id}.0.`) }]);
    expect((await timelineOf(spool, mail)).recipients).toEqual([`${ADA} queued`, `${BOB} sent`]);
  });

  it('takes a stranger at the place of somebody else for himself', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock);
    await add(spool, mail);
    const event = sent(mail, clock, { recipient: CAROL });
    await spool.journal.record([{ ...event, id: event.id.replace(`${mail.id}.-1.`, `${mail.id}.0.`) }]);
    expect((await timelineOf(spool, mail)).recipients).toEqual([`${ADA} queued`, `${CAROL} sent`]);
  });

  it('takes recipients outside the envelope from the step that brings the mail', async () => {
    const spool = await folder.open(folder.file());
    const [before, mail] = [newMail(clock), newMail(clock)];
    await add(spool, before);
    await add(spool, mail, [
      sent(mail, clock, { recipient: BOB }),
      sent(mail, clock, { recipient: CAROL }),
      queued(mail),
    ]);
    expect((await timelineOf(spool, before)).events).toEqual([`${ADA} queued`]);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} queued`, `${BOB} sent`, `${CAROL} sent`],
      events: [`${BOB} sent`, `${CAROL} sent`, `${ADA} queued`],
    });
  });

  it('keeps apart two recipients whose addresses differ in letters alone, whatever brings them', async () => {
    const spool = await folder.open(folder.file());
    const [whole, single] = [
      newMail(clock, to('Ada@b.test', 'ada@b.test')),
      newMail(clock, to('Ada@b.test', 'ada@b.test')),
    ];
    await add(spool, whole);
    for (const address of single.envelope.to) await spool.journal.record([queued(single, address)]);
    for (const mail of [whole, single])
      expect((await timelineOf(spool, mail)).recipients).toEqual(['Ada@b.test queued', 'ada@b.test queued']);
  });

  it('adds the first step of a mail to what it was told of it before', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock, to(ADA, BOB));
    await spool.journal.record([queued(mail, BOB)]);
    await add(spool, mail, [queued(mail, ADA)]);
    expect((await timelineOf(spool, mail)).recipients).toEqual([`${ADA} queued`, `${BOB} queued`]);
  });

  it('does not bring an erased address back with an event that is told again', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock);
    const event = sent(mail, clock, { recipient: CAROL });
    await spool.journal.record([queued(mail), event]);
    await new StoredJournal(spool.journal).erase(CAROL);
    await spool.journal.record([event]);
    const { recipients, events } = await timelineOf(spool, mail);
    expect(recipients).toEqual([`${ADA} queued`, ' sent']);
    expect(events).toHaveLength(2);
  });

  it('removes personal data by age from mails that follow after it forgot all others', async () => {
    const file = folder.file();
    const aging = new TestClock();
    const options = { clock: aging, journal: { ...MONTH, personalMs: DAY_MS } };
    let spool = await folder.open(file, options);
    for (let i = 0; i < 3; i++) await add(spool, newMail(aging));
    await aging.advance(2 * DAY_MS);
    await spool.journal.purge(10);
    await aging.advance(31 * DAY_MS);
    await spool.journal.purge(10);
    await spool.close();
    // As a file is that was emptied before the last key was kept.
    change(file, "delete from counters where name = 'journal.forgotten'");

    spool = await folder.open(file, options);
    const mail = newMail(aging);
    await add(spool, mail);
    await aging.advance(2 * DAY_MS);
    await spool.journal.purge(10);
    expect((await timelineOf(spool, mail)).recipients).toEqual([' queued']);
  });

  it('is known to the mails of the spool by its keys', async () => {
    const file = folder.file();
    const spool = await folder.open(file);
    const [mail, without] = [newMail(clock), newMail(clock)];
    await add(spool, mail);
    await add(spool, without, []);
    await settle(spool, without, ADA, () => [sent(without, clock)]);
    await spool.close();
    const database = new Database(file);
    const rows = database.prepare('select journal_key from mails order by seq').pluck().all();
    database.close();
    expect(rows).toEqual([1, 2]);
  });

  it('begins anew with a mail that it forgot, and never mixes it with another one', async () => {
    const file = folder.file();
    const forgetful = new TestClock();
    const options = { clock: forgetful, journal: MONTH };
    let spool = await folder.open(file, options);
    const waiting = newMail(forgetful, { ...to(ADA, BOB), tags: ['late'] });
    await add(spool, waiting);
    await forgetful.advance(31 * DAY_MS);
    expect(await spool.journal.purge(10)).toBeGreaterThan(0);
    expect((await timelineOf(spool, waiting)).events).toBeUndefined();
    await spool.close();

    spool = await folder.open(file, options);
    const other = newMail(forgetful, to(ADA));
    await add(spool, other);
    await settle(spool, waiting, ADA, (mail) => [sent(mail, forgetful)]);
    await settle(spool, waiting, BOB, (mail) => [sent(mail, forgetful, { recipient: BOB })]);
    expect(await timelineOf(spool, waiting)).toEqual({
      recipients: [`${ADA} sent`, `${BOB} sent`],
      events: [`${ADA} sent`, `${BOB} sent`],
    });
    expect(await timelineOf(spool, other)).toEqual({
      recipients: [`${ADA} queued`],
      events: [`${ADA} queued`],
    });
    const tagged = await new StoredJournal(spool.journal).search({ tag: 'late' });
    expect(tagged.entries.map(({ mailId }) => mailId)).toEqual([waiting.id, waiting.id]);
  });

  it('keeps what was erased erased in later steps', async () => {
    const spool = await folder.open(folder.file());
    const mail = newMail(clock, to(ADA, BOB));
    await add(spool, mail);
    await new StoredJournal(spool.journal).erase(ADA);
    await settle(spool, mail, ADA, () => [sent(mail, clock)]);
    const found = await new StoredJournal(spool.journal).timeline(mail.id);
    expect(found?.recipients.map(({ address }) => address)).toEqual(['', BOB]);
    expect(JSON.stringify(found?.events)).not.toContain(ADA);
    expect(found?.recipients[0]?.state).toBe('sent');
  });

  it('erases an address from facts that fitted no mail', async () => {
    const spool = await folder.open(folder.file());
    const fact = (recipient: string): FactUnmatched => ({
      type: 'unmatched',
      id: `unmatched.${recipient}`,
      relay: 'default',
      told: 'bounced',
      reference: 'nobody-knows-it',
      recipient,
      occurredAt: new Date(0),
      at: new Date(0),
    });
    await spool.events.append([fact('Ada@example.test'), fact(BOB)]);
    await new StoredJournal(spool.journal).erase(ADA);
    const { events } = await spool.events.read({ after: '', limit: 10 });
    expect(events.map(({ event }) => 'recipient' in event && event.recipient)).toEqual(['', BOB]);
  });
});

describe('a file from before recipients had keys by their place', () => {
  it('keeps its mails, recipients, events and the mails that wait', async () => {
    const [mail, gone] = [newMail(clock, to(ADA, BOB)), newMail(clock, to(ADA))];
    const file = fileBefore((database) => {
      writeMail(database, mail);
      for (const [key, one] of [mail, gone].entries()) writeJournalMail(database, key + 1, one);
      // As they came: a recipient from outside, and one whose place somebody else has as well.
      writeRecipient(database, { key: 1, mailKey: 1, place: 1, address: BOB });
      writeRecipient(database, { key: 2, mailKey: 2, place: 0, address: ADA });
      writeRecipient(database, { key: 3, mailKey: 1, place: 0, address: ADA });
      writeRecipient(database, { key: 4, mailKey: 1, place: -1, address: CAROL });
      writeRecipient(database, { key: 5, mailKey: 1, place: 0, address: '' });
      writeRecipient(database, { key: 6, mailKey: 2, place: 2 ** 20, address: BOB });
      const events = [
        [1, queued(mail, BOB)],
        [2, queued(gone)],
        [3, queued(mail, ADA)],
        [4, sent(mail, clock, { recipient: CAROL })],
      ] as const;
      for (const [recipientKey, event] of events) writeEvent(database, recipientKey, event);
      database.exec(
        `insert into events (type, at, id, rest) values ('transport.down', 1, 'x', '{"relay":"default"}')`,
      );
    });

    const spool = await folder.open(file);
    const journal = new StoredJournal(spool.journal);
    expect(await timelineOf(spool, mail)).toEqual({
      recipients: [`${ADA} queued`, `${BOB} queued`, `${CAROL} queued`, ' queued'],
      events: [`${BOB} queued`, `${ADA} queued`, `${CAROL} sent`],
    });
    expect((await timelineOf(spool, gone)).recipients).toEqual([`${ADA} queued`, `${BOB} queued`]);
    const { entries } = await journal.search({ recipient: ADA });
    expect(entries.map(({ mailId }) => mailId)).toEqual([gone.id, mail.id]);
    expect((await journal.find({ providerMessageId: 'p3' }))?.mailId).toBe(mail.id);
    const { events } = await spool.events.read({ after: '', limit: 10 });
    expect(events.map(({ event }) => event.type)).toEqual([
      'queued',
      'queued',
      'queued',
      'sent',
      'transport.down',
    ]);

    await settle(spool, mail, ADA, () => [sent(mail, clock)]);
    expect((await timelineOf(spool, mail)).recipients).toEqual([
      `${ADA} sent`,
      `${BOB} queued`,
      `${CAROL} queued`,
      ' queued',
    ]);
    const before = eventOfFields({ ...queued(gone) }) as MailEvent;
    await spool.journal.record([before]);
    expect((await timelineOf(spool, gone)).events).toEqual([`${ADA} queued`]);
  });
});

/** Changes a closed file behind the spool's back. */
function change(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

/** A file of the fourth version of the tables. */
function fileBefore(fill: (database: Database.Database) => void): string {
  const file = folder.file();
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  for (const migration of SPOOL_MIGRATIONS.slice(0, 4)) {
    for (const statement of migration(sqlWriter({ Database, kysely }), kysely))
      database.exec(statement.compile().sql);
  }
  // "MREL".
  database.pragma(`application_id = ${String(0x4d_52_45_4c)}`);
  database.pragma('user_version = 4');
  fill(database);
  database.close();
  return file;
}

function writeMail(database: Database.Database, mail: Mail): void {
  const { recipients, message } = sampleEntry(mail);
  database.exec(
    `insert into streams (stream_key, lane, stream, pending, claimed, bytes) values (1, 'transactional', 'transactional', 1, 0, 5)`,
  );
  database
    .prepare(
      `insert into mails (seq, id, record_version, stream_key, tenant, mail, recipients, attempts, crashes, bytes, due_at, ring_at, rings)
       values (7, ?, 1, 1, '', ?, ?, 0, 0, 5, ?, ?, 0)`,
    )
    .run(mail.id, JSON.stringify(mail), JSON.stringify(recipients), mail.dueAt, mail.dueAt);
  database
    .prepare('insert into messages (mail_seq, encoding, bytes, octets) values (7, 0, 5, ?)')
    .run(message);
}

function writeJournalMail(database: Database.Database, key: number, { id, createdAt }: Mail): void {
  database
    .prepare(
      `insert into journal_mails (mail_key, id, message_id, relay, stream, tenant, subject, created_at)
       values (?, ?, '@acme.test', 'default', 'transactional', '', 'Welcome', ?)`,
    )
    .run(key, id, createdAt);
}

function writeRecipient(
  database: Database.Database,
  { key, mailKey, place, address }: { key: number; mailKey: number; place: number; address: string },
): void {
  database
    .prepare(
      `insert into journal_recipients (recipient_key, mail_key, place, address, state, state_at, attempt, round_at, provider_message_id)
       values (?, ?, ?, ?, 'queued', 0, 0, 0, ?)`,
    )
    .run(key, mailKey, place, address, `p${key}`);
}

function writeEvent(
  database: Database.Database,
  recipientKey: number,
  { mailId, id, type, at }: MailEvent,
): void {
  database
    .prepare(
      `insert into events (mail_key, recipient_key, type, at, id)
       select mail_key, recipient_key, ?, ?, ? from journal_recipients where recipient_key = ?`,
    )
    .run(type, at.getTime(), id.slice(mailId.length), recipientKey);
}
