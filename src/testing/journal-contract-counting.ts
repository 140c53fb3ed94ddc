import assert from 'node:assert/strict';
import type { CheckedCounterQuery, JournalStore } from '../journal/journal-store.js';
import { COUNTER_DIMENSIONS } from '../journal/mail-journal.js';
import { HOUR_MS, newMail, queued, sent, to, type JournalClause } from './journal-clause.js';
import type { TestClock } from './test-clock.js';

/** Two queued and two sent of marketing, to two domains; an hour later one of each of transactional. */
async function twoHours(store: JournalStore, clock: TestClock): Promise<void> {
  const news = newMail(clock, { ...to('ada@Example.test', 'bob@example.org'), stream: 'marketing' });
  await store.record(
    news.envelope.to.flatMap((recipient) => [queued(news, recipient), sent(news, clock, { recipient })]),
  );
  await clock.advance(HOUR_MS);
  const mail = newMail(clock);
  await store.record([queued(mail), sent(mail, clock, { transport: 'backup' })]);
}

/** Counting: every event by hour, type, stream, transport and domain. */
export function countingClauses(clause: JournalClause): void {
  clause('tells counts apart by everything', async ({ store, clock }) => {
    const began = new Date(clock.now());
    await twoHours(store, clock);
    const counts = await store.counters({ by: COUNTER_DIMENSIONS });
    assert.equal(counts.length, 6);
    assert.deepEqual(
      counts.filter(
        ({ type, domain, stream }) => type === 'sent' && domain === 'example.test' && stream === 'marketing',
      ),
      [
        {
          hour: began,
          type: 'sent',
          stream: 'marketing',
          transport: 'primary',
          domain: 'example.test',
          count: 1,
        },
      ],
    );
  });

  const counted = (
    title: string,
    query: (now: number) => Partial<CheckedCounterQuery>,
    expected: readonly object[],
  ): void => {
    clause(`counts ${title}`, async ({ store, clock }) => {
      await twoHours(store, clock);
      const counts = await store.counters({ by: [], ...query(clock.now()) });
      const inOrder = counts.map((count) => JSON.stringify(count)).toSorted();
      assert.deepEqual(inOrder, expected.map((count) => JSON.stringify(count)).toSorted());
    });
  };
  counted('everything', () => ({}), [{ count: 6 }]);
  counted('by type', () => ({ by: ['type'] }), [
    { type: 'queued', count: 3 },
    { type: 'sent', count: 3 },
  ]);
  counted('by stream', () => ({ by: ['stream'] }), [
    { stream: 'marketing', count: 4 },
    { stream: 'transactional', count: 2 },
  ]);
  counted('by domain', () => ({ by: ['domain'] }), [
    { domain: 'example.test', count: 4 },
    { domain: 'example.org', count: 2 },
  ]);
  counted('by transport, with none for those without', () => ({ by: ['transport'] }), [
    { transport: '', count: 3 },
    { transport: 'primary', count: 2 },
    { transport: 'backup', count: 1 },
  ]);
  counted('of one type', () => ({ types: ['sent'] }), [{ count: 3 }]);
  counted('of two types', () => ({ types: ['sent', 'queued'] }), [{ count: 6 }]);
  counted('of one stream', () => ({ stream: 'marketing' }), [{ count: 4 }]);
  counted('of one transport', () => ({ transport: 'backup' }), [{ count: 1 }]);
  counted('of none', () => ({ transport: '' }), [{ count: 3 }]);
  counted('of one domain, in upper or lower case', () => ({ domain: 'EXAMPLE.org' }), [{ count: 2 }]);
  counted('from an hour on', (now) => ({ since: now + 60_000 }), [{ count: 2 }]);
  counted('up to an hour', (now) => ({ until: now }), [{ count: 4 }]);
}
