import assert from 'node:assert/strict';
import type { Mail } from '../core/mail/mail.js';
import type { JournalStore } from '../journal/journal-store.js';
import {
  addresses,
  bounced,
  newMail,
  queued,
  searchAll,
  sent,
  to,
  type JournalClause,
} from './journal-clause.js';
import type { TestClock } from './test-clock.js';

const MAILS = 12;

/** Mails that differ in everything that is searched by, a second apart; two recipients each. */
async function twelveMails(store: JournalStore, clock: TestClock): Promise<readonly Mail[]> {
  const mails: Mail[] = [];
  for (let i = 0; i < MAILS; i++) {
    const mail = newMail(clock, {
      ...to(`user${i}@example.test`, 'Boss@example.test'),
      subject: `Invoice ${i} of ACME`,
      stream: i % 2 === 0 ? 'transactional' : 'marketing',
      tenant: i % 3 === 0 ? 'north' : '',
      template: i % 4 === 0 ? 'invoice' : 'welcome',
      tags: i === 5 ? ['rare', 'often'] : ['often'],
    });
    mails.push(mail);
    const outcome = i === 7 ? bounced(mail, clock) : sent(mail, clock);
    await store.record([...mail.envelope.to.map((one) => queued(mail, one)), outcome]);
    await clock.advance(1000);
  }
  return mails;
}

/** Searching: each filter alone and together, newest first, page by page. */
export function searchingClauses(clause: JournalClause): void {
  clause('lists everything, newest mail first, in pages of any size', async ({ store, clock }) => {
    const mails = await twelveMails(store, clock);
    const newestFirst = mails.toReversed().map(({ id }) => id);
    for (const limit of [1, 2, 3, 24, 1000]) {
      const found = await searchAll(store, { limit });
      assert.equal(found.length, 2 * MAILS);
      assert.deepEqual([...new Set(found.map(({ mailId }) => mailId))], newestFirst);
      assert.equal(new Set(found.map(({ mailId, recipient }) => mailId + recipient.address)).size, 2 * MAILS);
    }
  });

  const found = (title: string, search: Parameters<typeof searchAll>[1], count: number): void => {
    clause(`finds by ${title}`, async ({ store, clock }) => {
      await twelveMails(store, clock);
      assert.equal((await searchAll(store, search)).length, count);
    });
  };
  found('a recipient, in upper or lower case', { recipient: 'USER3@example.test' }, 1);
  found('a recipient of many mails', { recipient: 'boss@example.test' }, MAILS);
  found('a part of the subject, in upper or lower case', { subject: 'invoice 1' }, 2 * 3);
  found('a tag', { tag: 'rare' }, 2);
  found('a tag of many mails', { tag: 'often' }, 2 * MAILS);
  found('a template', { template: 'invoice' }, 2 * 3);
  found('a stream', { stream: 'marketing' }, 2 * 6);
  found('a tenant', { tenant: 'north' }, 2 * 4);
  found('no tenant', { tenant: '' }, 2 * 8);
  found('a state', { state: 'bounced' }, 1);
  found('the state of what is not finished', { state: 'queued' }, MAILS);
  found('everything together', { stream: 'marketing', template: 'welcome', tenant: '', state: 'sent' }, 3);
  found('nothing that is there', { recipient: 'nobody@example.test' }, 0);
  found('a subject without signs that mean something to a database', { subject: '%' }, 0);

  clause('finds by time, the beginning with it and the end without', async ({ store, clock }) => {
    const mails = await twelveMails(store, clock);
    const [since, until] = [mails[3]?.createdAt, mails[6]?.createdAt];
    const entries = await searchAll(store, { since, until });
    assert.deepEqual(
      [...new Set(entries.map(({ mailId }) => mailId))],
      [mails[5]?.id, mails[4]?.id, mails[3]?.id],
    );
  });

  clause('goes on where a page ended, though mails came meanwhile', async ({ store, clock }) => {
    const mails = await twelveMails(store, clock);
    const first = await store.search({ limit: 4 });
    assert.ok(first.cursor, 'there is more');
    await store.record([queued(newMail(clock, to('new@example.test')))]);
    const second = await store.search({ limit: 4, cursor: first.cursor });
    assert.deepEqual(
      second.entries.map(({ mailId }) => mailId),
      [mails[9]?.id, mails[9]?.id, mails[8]?.id, mails[8]?.id],
    );
  });

  clause('shows the mail with each recipient', async ({ store, clock }) => {
    const mail = newMail(clock, { template: 'welcome', tags: ['x'], metadata: { k: 'v' } });
    await store.record([queued(mail)]);
    const [entry] = await searchAll(store);
    assert.equal(entry?.mailId, mail.id);
    assert.equal(entry?.subject, 'Welcome');
    assert.deepEqual(entry?.metadata, { k: 'v' });
    assert.deepEqual(entry?.recipient.state, 'queued');
    assert.deepEqual(addresses(entry ? [entry] : []), mail.envelope.to);
  });

  clause('has no page for a cursor that is none', async ({ store, clock }) => {
    await store.record([queued(newMail(clock))]);
    const page = await store.search({ limit: 5, cursor: 'nonsense' });
    assert.deepEqual(page.entries, []);
    assert.equal(page.cursor, undefined);
  });
}
