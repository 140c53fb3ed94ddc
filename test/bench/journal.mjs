// How fast the journal in SQLite answers, how large an event is, and what events and journal cost a queue:
// `npm run bench:journal`. See docs/benchmarks.md.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, Spool } from 'nestjs-mail-relay';
import { withSql } from 'nestjs-mail-relay/sql';
import { filter, lastValueFrom, take } from 'rxjs';
import { SystemClock } from '../../dist/clock/system-clock.js';
import { mailEventBase } from '../../dist/events/mail-event-base.js';
import { StoredJournal } from '../../dist/journal/stored-journal.js';
import { SqlSpool } from '../../dist/storage/sql/sql-spool.js';
import { sampleEntry, sampleMail } from '../../dist/testing/sample-mail.js';
import { settings } from './settings.mjs';
import { show, spread } from './statistics.mjs';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const CALLERS = 100;
const PAGE_MS = 50;
const COUNTERS_MS = 20;
const COST = 0.15;
const LEASE = { owner: 'bench', leaseMs: 60_000 };
const HOUR_MS = 3_600_000;
const message = Buffer.from('Dear customer, your order is on its way. '.repeat(100));

const dir = mkdtempSync(join(tmpdir(), 'mail-relay-journal-bench-'));
const clock = new SystemClock();
const began = clock.now() - 30 * 24 * HOUR_MS;
let serial = 0;
try {
  console.log(`load ${loadavg()[0]?.toFixed(1)}\n`);
  await lookUp();
  await application();
  await cost();
} finally {
  rmSync(dir, { recursive: true });
}

/** A journal of so many events, two for each mail, over thirty days. */
async function lookUp() {
  const file = join(dir, 'journal.db');
  const spool = await open(file);
  const journal = new StoredJournal(spool.journal);
  const mails = EVENTS / 2;
  for (let first = 0; first < mails; first += 1000) {
    const some = [];
    for (let i = first; i < Math.min(first + 1000, mails); i++) some.push(...eventsOf(mailOf(i, mails)));
    await spool.journal.record(some);
  }
  const middle = mailOf(Math.floor(mails / 2), mails);
  /** @type {Record<string, { bar: number, ask: () => Promise<unknown> }>} */
  const questions = {
    timeline: { bar: PAGE_MS, ask: () => journal.timeline(middle.id) },
    'search, everything': { bar: PAGE_MS, ask: () => journal.search() },
    'search, recipient': { bar: PAGE_MS, ask: () => journal.search({ recipient: middle.envelope.to[0] }) },
    'search, common template': { bar: PAGE_MS, ask: () => journal.search({ template: 'receipt' }) },
    'search, rare tag': { bar: PAGE_MS, ask: () => journal.search({ tag: 'rare' }) },
    'search, a state nobody is in': { bar: PAGE_MS, ask: () => journal.search({ state: 'bounced' }) },
    'search, one subject, one page': {
      bar: PAGE_MS,
      ask: () => journal.search({ subject: `Order ${mails / 2} ` }),
    },
    'search, one hour': {
      bar: PAGE_MS,
      ask: () =>
        journal.search({
          since: new Date(middle.createdAt - HOUR_MS / 2),
          until: new Date(middle.createdAt + HOUR_MS / 2),
        }),
    },
    'counters, thirty days': { bar: COUNTERS_MS, ask: () => journal.counters() },
    'counters, a day by hour and domain': {
      bar: COUNTERS_MS,
      ask: () =>
        journal.counters({ since: new Date(clock.now() - 24 * HOUR_MS), by: ['hour', 'type', 'domain'] }),
    },
  };
  console.log(`${EVENTS} events of ${mails} mails`);
  for (const [name, { bar, ask }] of Object.entries(questions)) {
    const ms = await timed(ask);
    console.log(
      `${ms < bar ? 'met   ' : 'MISSED'} ${name.padEnd(36)} ${ms.toFixed(1).padStart(7)} ms  (below ${bar})`,
    );
  }
  await spool.close();
  console.log(`       octets for each event                ${(statSync(file).size / EVENTS).toFixed(0)}\n`);
}

/** An application that queues and sends with its mail in SQLite, synced, with events and journal and without. */
async function application() {
  console.log('an application: queue() by 100 callers and delivery into memory, SQLite with fsync');
  const share = await compared(applicationRate);
  console.log(
    `${share.median <= COST ? 'met   ' : 'MISSED'} events and journal cost ${show(share, 3)} (at most ${COST})\n`,
  );
}

/**
 * Both sides in each round, in turn; prints their rates.
 *
 * @param {(withEvents: boolean, round: number) => Promise<number>} rateOf mails a second
 * @returns the share that events and journal take
 */
async function compared(rateOf) {
  /** @type {{ off: number[], on: number[], ratio: number[] }} */
  const rates = { off: [], on: [], ratio: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const sides = round % 2 === 0 ? [false, true] : [true, false];
    /** @type {Map<boolean, number>} */
    const found = new Map();
    for (const withEvents of sides) found.set(withEvents, await rateOf(withEvents, round));
    const [off = 0, on = 0] = [found.get(false), found.get(true)];
    rates.off.push(off);
    rates.on.push(on);
    rates.ratio.push(1 - on / off);
  }
  console.log(`       without events    ${show(spread(rates.off), 0)} mails/s`);
  console.log(`       with events       ${show(spread(rates.on), 0)} mails/s`);
  return spread(rates.ratio);
}

/**
 * @param {boolean} withEvents
 * @param {number} round
 */
async function applicationRate(withEvents, round) {
  const module = MailRelayModule.forRoot({
    from: 'Acme <hello@acme.test>',
    delivery: 'live',
    transport: 'memory:',
    features: [withSql({ file: join(dir, `application-${round}-${withEvents}.db`) })],
  });
  const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
  const mail = app.get(MailService);
  const spool = app.get(Spool);
  if (!withEvents) {
    const [add, settle] = [spool.add.bind(spool), spool.settle.bind(spool)];
    spool.add = (entry, claim) => add({ ...entry, events: [] }, claim);
    spool.settle = (claim, settlement) => settle(claim, { ...settlement, events: [] });
  }
  const sent = mail.events$.pipe(filter(({ type }) => type === 'sent'));
  const run = () => mail.queue({ to: 'ada@example.test', subject: 'Your order', text: message.toString() });
  const all = async (/** @type {number} */ count) => {
    const done = lastValueFrom(sent.pipe(take(count)));
    await many(count, run);
    await done;
  };
  await all(Math.ceil(settings.messages / 3));
  const start = performance.now();
  await all(settings.messages);
  const ms = performance.now() - start;
  await app.close();
  return (settings.messages / ms) * 1000;
}

/** A mail added, claimed, marked and settled, with its events and without. */
async function cost() {
  console.log('a mail added, claimed, marked and settled by 100 callers, without fsync');
  const share = await compared(queueRate);
  console.log(`       events and journal cost ${show(share, 3)}`);
}

/**
 * @param {boolean} withEvents
 * @param {number} round
 */
async function queueRate(withEvents, round) {
  const spool = await open(join(dir, `${round}-${withEvents}.db`));
  const run = async () => {
    const mail = mailOf(serial, 1e9);
    const [queued, sent] = eventsOf(mail);
    if (!queued || !sent) throw new Error('a mail has two events');
    await spool.add(sampleEntry(mail, { message, ...(withEvents && { events: [queued] }) }));
    const claim = await spool.claim(mail.id, LEASE);
    if (!claim) throw new Error('a mail that was added cannot be claimed');
    await spool.mark(claim, 'primary', mail.envelope.to);
    const recipients = [{ address: mail.envelope.to[0] ?? '', state: /** @type {const} */ ('sent') }];
    await spool.settle(claim, { recipients, countAttempt: true, ...(withEvents && { events: [sent] }) });
  };
  await many(Math.ceil(settings.messages / 3), run);
  const start = performance.now();
  await many(settings.messages, run);
  const ms = performance.now() - start;
  await spool.close();
  return (settings.messages / ms) * 1000;
}

/** @param {string} file */
function open(file) {
  return SqlSpool.open({ file, clock, relay: 'default', synchronous: 'OFF' });
}

/**
 * @param {number} i
 * @param {number} of
 */
function mailOf(i, of) {
  serial++;
  const id = `${String(i).padStart(10, '0')}${String(serial).padStart(16, '0')}`;
  const isLookedUp = of < 1e9;
  const at = isLookedUp ? Math.floor(began + (i / of) * 30 * 24 * HOUR_MS) : clock.now();
  return sampleMail({
    id: isLookedUp ? String(i).padStart(26, '0') : id,
    envelope: { from: 'hello@acme.test', to: [`customer${i % 200_000}@domain${i % 50}.test`] },
    subject: `Order ${i} is on its way`,
    template: i % 10 === 0 ? 'newsletter' : 'receipt',
    stream: i % 10 === 0 ? 'marketing' : 'transactional',
    tags: i % 5000 === 7 ? ['rare'] : [],
    createdAt: at,
    dueAt: isLookedUp ? at : 0,
    expiresAt: at + 432_000_000,
  });
}

/** @param {ReturnType<typeof mailOf>} mail */
function eventsOf(mail) {
  const [to = ''] = mail.envelope.to;
  const queued = {
    ...mailEventBase(/** @type {const} */ ('queued'), mail, to, 0, mail.createdAt),
    dueAt: new Date(mail.dueAt),
  };
  const sent = {
    ...mailEventBase(/** @type {const} */ ('sent'), mail, to, 1, mail.createdAt + 900),
    attempt: 1,
    transport: 'primary',
    providerMessageId: `p${mail.id.slice(-10)}`,
    reply: { code: 250, enhanced: '2.0.0', text: `Ok: queued as p${mail.id.slice(-10)}`, consistent: true },
  };
  return [queued, sent];
}

/**
 * @param {number} count
 * @param {() => Promise<unknown>} call
 */
async function many(count, call) {
  let left = count;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** The median of five, after one that nobody counts. @param {() => Promise<unknown>} call */
async function timed(call) {
  await call();
  const times = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}
