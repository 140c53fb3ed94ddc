import assert from 'node:assert/strict';
import {
  ADA,
  addresses,
  BOB,
  bounced,
  DAY_MS,
  newMail,
  queued,
  searchAll,
  sent,
  statesOf,
  to,
  type JournalClause,
} from './journal-clause.js';

/** Forgetting: on request, and by age, each class of data in its own time. */
export function forgettingClauses(clause: JournalClause): void {
  clause('erases an address, and keeps states, counts and the others', async ({ store, clock }) => {
    const mail = newMail(clock, { ...to('Ada@example.test', BOB), metadata: { name: 'Ada' } });
    const alone = newMail(clock, { ...to(ADA), subject: 'Dear Ada', metadata: { name: 'Ada' } });
    await store.record([queued(mail), queued(mail, BOB), bounced(mail, clock)]);
    await store.record([queued(alone), sent(alone, clock)]);
    const counts = await store.counters({ by: [] });
    assert.deepEqual(await store.erase('ADA@example.test'), { recipients: 2 });
    assert.deepEqual(await store.counters({ by: [] }), counts);
    assert.deepEqual(await searchAll(store, { recipient: ADA }), []);
    assert.deepEqual(await statesOf(store, mail), { '': 'bounced', [BOB]: 'queued' });
    const kept = await store.timeline(mail.id);
    assert.equal(kept?.subject, 'Welcome');
    const gone = await store.timeline(alone.id);
    assert.equal(gone?.subject, undefined);
    assert.deepEqual(gone?.metadata, {});
    assert.equal(gone?.events.length, 2);
    assert.doesNotMatch(
      JSON.stringify([gone, kept?.events.filter(({ recipient }) => recipient !== BOB)]),
      /\bada/i,
    );
    assert.deepEqual(await store.erase(ADA), { recipients: 0 });
  });

  clause(
    'records what is told later of an erased recipient without its address',
    async ({ store, clock }) => {
      const mail = newMail(clock, to(ADA, BOB));
      await store.record([queued(mail), queued(mail, BOB)]);
      await store.erase(ADA);
      await store.record([sent(mail, clock)]);
      const timeline = await store.timeline(mail.id);
      assert.deepEqual(await statesOf(store, mail), { '': 'sent', [BOB]: 'queued' });
      assert.doesNotMatch(JSON.stringify(timeline), /ada@/);
    },
  );

  clause('erases whom a redirected mail was for', async ({ store, clock }) => {
    const mail = newMail(clock, { ...to('dev@acme.test'), originalRecipients: [ADA] });
    await store.record([queued(mail)]);
    await store.erase(ADA);
    const timeline = await store.timeline(mail.id);
    assert.deepEqual(addresses(await searchAll(store)), ['dev@acme.test']);
    assert.doesNotMatch(JSON.stringify(timeline), /ada@/);
  });

  clause(
    'forgets old mails, a bounded number at a time, and their counts later',
    async ({ store, clock }) => {
      for (let i = 0; i < 5; i++) await store.record([queued(newMail(clock))]);
      assert.equal(await store.purge(10), 0);
      await clock.advance(11 * DAY_MS);
      const fresh = newMail(clock);
      await store.record([queued(fresh)]);
      assert.equal(await store.purge(2), 2);
      assert.equal((await searchAll(store)).length, 4);
      while ((await store.purge(2)) > 0);
      assert.deepEqual(
        (await searchAll(store)).map(({ mailId }) => mailId),
        [fresh.id],
      );
      assert.deepEqual(await store.counters({ by: [] }), [{ count: 6 }]);
      await clock.advance(10 * DAY_MS);
      while ((await store.purge(2)) > 0);
      assert.deepEqual(await store.counters({ by: [] }), [{ count: 1 }]);
    },
    { eventsMs: 10 * DAY_MS, personalMs: 10 * DAY_MS, countersMs: 20 * DAY_MS },
  );

  clause(
    'forgets personal data before the rest',
    async ({ store, clock }) => {
      const mail = newMail(clock, { metadata: { name: 'Ada' } });
      await store.record([queued(mail), sent(mail, clock)]);
      await store.purge(10);
      assert.deepEqual(await statesOf(store, mail), { [ADA]: 'sent' });
      await clock.advance(2 * DAY_MS);
      while ((await store.purge(10)) > 0);
      const timeline = await store.timeline(mail.id);
      assert.deepEqual(await statesOf(store, mail), { '': 'sent' });
      assert.equal(timeline?.subject, undefined);
      assert.doesNotMatch(JSON.stringify(timeline), /\bada/i);
      assert.deepEqual(await searchAll(store, { recipient: ADA }), []);
    },
    { personalMs: DAY_MS },
  );

  clause(
    'holds no more mails than it may, and forgets the oldest',
    async ({ store, clock }) => {
      const mails = Array.from({ length: 5 }, () => newMail(clock));
      for (const mail of mails) {
        await store.record([queued(mail)]);
        await clock.advance(1000);
      }
      while ((await store.purge(10)) > 0);
      const found = (await searchAll(store)).map(({ mailId }) => mailId);
      assert.deepEqual(found, [mails[4]?.id, mails[3]?.id, mails[2]?.id]);
    },
    { maxMails: 3 },
  );
}
