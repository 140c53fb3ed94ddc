import * as fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPIENT_STATES, type RecipientState } from '../../src/core/mail/delivery-report.js';
import type { Mail } from '../../src/core/mail/mail.js';
import { mailEventBase } from '../../src/events/mail-event-base.js';
import type { MailEvent } from '../../src/events/mail-event.js';
import type { JournalStore } from '../../src/journal/journal-store.js';
import { MemoryJournalStore } from '../../src/journal/memory/memory-journal-store.js';
import { NO_STANDING, standingAfter, standingEventOf } from '../../src/journal/recipient-state.js';
import { RedisJournal } from '../../src/storage/redis/journal/redis-journal.js';
import { RedisConnections } from '../../src/storage/redis/redis-connections.js';
import { RedisLink } from '../../src/storage/redis/redis-link.js';
import { SqlSpool } from '../../src/storage/sql/sql-spool.js';
import { KEEPS_ALL, newMail, queued, to } from '../../src/testing/journal-clause.js';
import { TestClock } from '../../src/testing/test-clock.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis } from '../support/redis-server.js';

let dir = '';
let files = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mail-relay-accounting-'));
});
afterAll(() => rm(dir, { recursive: true }));

const MAILS = 4;
const RECIPIENTS = 3;

/** What may happen: to which recipient, when, in which attempt; whether it is told twice, and a mail queued anew by hand. */
const happening = fc.record({
  mail: fc.nat(MAILS - 1),
  recipient: fc.nat(RECIPIENTS - 1),
  type: fc.constantFrom(...RECIPIENT_STATES),
  attempt: fc.integer({ min: 0, max: 5 }),
  afterMs: fc.nat(100_000),
  isTwice: fc.boolean(),
  isAgain: fc.boolean(),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Each step is recorded together; after each the accounts are looked at. */
const history = fc.array(fc.array(happening, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 });

function eventOf(
  mails: readonly Mail[],
  { mail: of, recipient, type, attempt, afterMs, isAgain }: Happening,
): MailEvent {
  const mail = mails[of];
  const address = mail?.envelope.to[recipient];
  if (!mail || address === undefined) throw new Error('a mail that is not there');
  const base = mailEventBase(type, mail, address, attempt, mail.createdAt + afterMs);
  // What a type tells besides changes no state.
  return {
    ...base,
    id: `${base.id}.${afterMs}.${isAgain}`,
    attempt,
    reason: '',
    dueAt: new Date(0),
    ...(type === 'queued' && isAgain && { again: true }),
  } as unknown as MailEvent;
}

async function countsOf(store: JournalStore): Promise<Partial<Record<RecipientState, number>>> {
  const counts: Partial<Record<RecipientState, number>> = {};
  for (const state of RECIPIENT_STATES) {
    const { entries, cursor } = await store.search({ state, limit: 1000 });
    expect(cursor).toBeUndefined();
    if (entries.length > 0) counts[state] = entries.length;
  }
  return counts;
}

/** What the states are by the pure rules alone. */
function modelled(events: readonly MailEvent[]): Partial<Record<RecipientState, number>> {
  const standings = new Map<string, typeof NO_STANDING>();
  for (const event of new Map(events.map((one) => [one.id, one])).values()) {
    const key = `${event.mailId} ${event.recipient}`;
    standings.set(key, standingAfter(standings.get(key) ?? NO_STANDING, standingEventOf(event)));
  }
  const counts: Partial<Record<RecipientState, number>> = {};
  for (const { state } of standings.values()) if (state) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

async function accountsHold(store: JournalStore, steps: readonly (readonly Happening[])[]): Promise<void> {
  const clock = new TestClock();
  const addresses = Array.from({ length: RECIPIENTS }, (_, i) => `user${i}@example.test`);
  const mails = Array.from({ length: MAILS }, () => newMail(clock, to(...addresses)));
  const told: MailEvent[] = mails.flatMap((mail) => addresses.map((address) => queued(mail, address)));
  await store.record(told);
  for (const step of steps) {
    const events = step.flatMap((one) => {
      const event = eventOf(mails, one);
      return one.isTwice ? [event, event] : [event];
    });
    told.push(...events);
    await store.record(events);
    const counts = await countsOf(store);
    const sum = Object.values(counts).reduce((total, count) => total + count, 0);
    expect(sum).toBe(MAILS * RECIPIENTS);
    expect((await store.search({ limit: 1000 })).entries).toHaveLength(MAILS * RECIPIENTS);
    expect(counts).toEqual(modelled(told));
    const events$ = await store.counters({ by: [] });
    expect(events$).toEqual([{ count: new Set(told.map(({ id }) => id)).size }]);
  }
}

describe('the accounts of a journal', () => {
  it('hold at every moment of any history, in memory', async () => {
    await fc.assert(
      fc.asyncProperty(history, (steps) =>
        accountsHold(new MemoryJournalStore(new TestClock(), KEEPS_ALL), steps),
      ),
      { numRuns: 200 },
    );
  });

  it('hold at every moment of any history, in SQLite', async () => {
    const run = async (steps: readonly (readonly Happening[])[]): Promise<void> => {
      const file = join(dir, `${++files}.db`);
      const spool = await SqlSpool.open({
        file,
        relay: 'default',
        clock: new TestClock(),
        synchronous: 'OFF',
      });
      try {
        await accountsHold(spool.journal, steps);
      } finally {
        await spool.close();
      }
    };
    await fc.assert(fc.asyncProperty(history, run), { numRuns: 15 });
  });

  it('hold at every moment of any history, in Redis', async () => {
    const redis = await startRedis();
    const connections = new RedisConnections({ redis: redis.url });
    const client = connections.connect('spool');
    client.setMaxListeners(0);
    const run = async (steps: readonly (readonly Happening[])[]): Promise<void> => {
      const base = `{${newNamespace()}:default}:`;
      const clock = new TestClock();
      const settings = { base, clock, leaseClock: () => clock.now() };
      await accountsHold(new RedisJournal(new RedisLink(client, base), settings, KEEPS_ALL), steps);
    };
    try {
      await fc.assert(fc.asyncProperty(history, run), { numRuns: 30 });
    } finally {
      await connections.close();
      await redis.stop();
    }
  });
});
