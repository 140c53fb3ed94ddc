import assert from 'node:assert/strict';
import type { KeptQuery } from '../spool/spool-control.js';
import type { Spool } from '../spool/spool.js';
import {
  claimed,
  DAY_MS,
  gaveUp,
  ids,
  LEASE,
  purged,
  SECOND_MS,
  sent,
  settled,
  states,
  stored,
  TO,
  type Clause,
} from './spool-clause.js';

const [ADA = '', BOB = '', EVE = ''] = TO;
const ENVELOPE = { from: 'a@acme.test', to: TO };

/** What the relay gave up on: kept with its message until somebody decides, or its time is over. */
export function keepingClauses(clause: Clause): void {
  clause('keeps a mail it gave up on, with what was last heard', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail({ envelope: ENVELOPE });
    await stored(spool, mail);
    const after = await settled(
      spool,
      mail,
      { address: ADA, state: 'sent' },
      { address: BOB, state: 'failed', transport: 'primary', reason: 'no luck' },
      { address: EVE, state: 'bounced' },
    );
    const { mails, cursor } = await spool.control.kept({ limit: 10 });
    assert.equal(cursor, undefined);
    assert.deepEqual(mails, [
      {
        ...after,
        keptReason: 'failed',
        keptAt: clock.now(),
        keptUntil: clock.now() + 30 * DAY_MS,
      },
    ]);
    assert.deepEqual(await spool.control.keptCounts(), { failed: 1, uncertain: 0, 'set-aside': 0 });
    assert.deepEqual(await spool.counts(), { pending: 0, claimed: 0, bytes: 0 });
    assert.deepEqual(await spool.due(10), []);
  });

  clause('keeps what is uncertain for good, and what was set aside', async ({ spool, mail: newMail }) => {
    const [unknown, poison] = [newMail({ envelope: ENVELOPE }), newMail({ envelope: ENVELOPE })];
    await stored(spool, unknown);
    await settled(
      spool,
      unknown,
      { address: ADA, state: 'sent' },
      { address: BOB, state: 'failed' },
      { address: EVE, state: 'uncertain' },
    );
    await stored(spool, poison);
    await settled(
      spool,
      poison,
      ...TO.map((address) => ({ address, state: 'held' as const, reason: 'died' })),
    );
    const { mails } = await spool.control.kept({ limit: 10 });
    assert.deepEqual(
      mails.map(({ mail, keptReason }) => [mail.id, keptReason]),
      [
        [poison.id, 'set-aside'],
        [unknown.id, 'uncertain'],
      ],
    );
    assert.equal(mails[0]?.keptUntil, undefined);
    assert.deepEqual(await spool.control.keptCounts(), { failed: 0, uncertain: 1, 'set-aside': 1 });
  });

  clause('keeps nothing of a mail that got its answers', async ({ spool, mail: newMail }) => {
    const mail = newMail({ envelope: ENVELOPE });
    await stored(spool, mail);
    await settled(
      spool,
      mail,
      { address: ADA, state: 'sent' },
      { address: BOB, state: 'bounced' },
      { address: EVE, state: 'suppressed' },
    );
    assert.deepEqual(await spool.control.kept({ limit: 10 }), { mails: [] });
    assert.equal(await spool.control.replay(mail.id, DAY_MS), undefined);
    assert.equal(await spool.control.discard(mail.id), false);
  });

  clause('keeps nothing while a recipient is pending', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail({ envelope: ENVELOPE });
    await stored(spool, mail);
    await settled(
      spool,
      mail,
      { address: ADA, state: 'failed' },
      { address: BOB, state: 'deferred', dueAt: clock.now() + SECOND_MS },
      { address: EVE, state: 'sent' },
    );
    assert.deepEqual((await spool.control.kept({ limit: 10 })).mails, []);
    assert.equal(await spool.control.replay(mail.id, DAY_MS), undefined);
  });

  clause('gives what it keeps page by page, the newest first', async ({ spool, mail: newMail, clock }) => {
    const mails = Array.from({ length: 7 }, () => newMail());
    for (const mail of mails) {
      await clock.advance(1);
      await gaveUp(spool, mail);
    }
    const pages = await allPages(spool, { limit: 3 });
    assert.deepEqual(
      pages.map(({ length }) => length),
      [3, 3, 1],
    );
    assert.deepEqual(pages.flat(), mails.map(({ id }) => id).toReversed());
  });

  clause(
    'loses and repeats none that were kept in the same millisecond',
    async ({ spool, mail: newMail }) => {
      const mails = Array.from({ length: 7 }, () => newMail());
      for (const mail of mails) await gaveUp(spool, mail);
      const pages = await allPages(spool, { limit: 2 });
      assert.deepEqual(
        pages.flat().toSorted(),
        mails.map(({ id }) => id),
      );
    },
  );

  clause(
    'gives the next page though mails of the page before are gone',
    async ({ spool, mail: newMail, clock }) => {
      const mails = Array.from({ length: 4 }, () => newMail());
      for (const mail of mails) {
        await clock.advance(1);
        await gaveUp(spool, mail);
      }
      const first = await spool.control.kept({ limit: 2 });
      for (const { mail } of first.mails) await spool.control.discard(mail.id);
      const second = await spool.control.kept({ limit: 2, cursor: first.cursor });
      assert.deepEqual(ids(second.mails), [mails[1]?.id, mails[0]?.id]);
      assert.equal(second.cursor, undefined);
    },
  );

  clause(
    'gives only what is asked for by reason, stream and tenant',
    async ({ spool, mail: newMail, clock }) => {
      const wanted = newMail({ stream: 'news', tenant: 'one' });
      const others = [newMail({ tenant: 'one' }), newMail({ stream: 'news' }), newMail()];
      for (const mail of [wanted, ...others]) {
        await clock.advance(1);
        await gaveUp(spool, mail);
      }
      const unknown = newMail({ stream: 'news', tenant: 'one' });
      await stored(spool, unknown);
      await settled(spool, unknown, { address: ADA, state: 'uncertain' });
      const query = { stream: 'news', tenant: 'one' };
      assert.deepEqual((await allPages(spool, { ...query, limit: 1 })).flat(), [unknown.id, wanted.id]);
      assert.deepEqual((await allPages(spool, { ...query, reason: 'failed', limit: 1 })).flat(), [wanted.id]);
      assert.deepEqual((await allPages(spool, { stream: 'nowhere', limit: 1 })).flat(), []);
    },
  );

  clause('replays what failed, with its message, and only that', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail({ envelope: ENVELOPE, expiresAt: clock.now() + DAY_MS });
    await stored(spool, mail);
    await settled(
      spool,
      mail,
      { address: ADA, state: 'sent' },
      { address: BOB, state: 'failed', reason: 'no luck' },
      { address: EVE, state: 'uncertain' },
    );
    await clock.advance(2 * DAY_MS);
    const now = clock.now();
    const after = await spool.control.replay(mail.id, DAY_MS);
    assert.deepEqual(after?.mail, { ...mail, dueAt: now, expiresAt: now + DAY_MS });
    assert.equal(after?.attempts, 0);
    const claim = await claimed(spool, mail);
    assert.deepEqual(claim.recipients, [
      { address: BOB, state: 'queued', dueAt: now },
      { address: EVE, state: 'queued', dueAt: now },
    ]);
    assert.equal(claim.attempt, 1);
    assert.equal(claim.crashes, 0);
    assert.equal((await claim.message()).toString(), 'hello');
    assert.deepEqual((await spool.control.kept({ limit: 10 })).mails, []);
    assert.deepEqual(await spool.counts(), { pending: 1, claimed: 1, bytes: 5 });
    assert.equal(await spool.control.replay(mail.id, DAY_MS), undefined);
  });

  clause(
    'replays a mail that was set aside because its workers died',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail();
      await stored(spool, mail);
      await claimed(spool, mail);
      await clock.advance(LEASE.leaseMs);
      await settled(spool, mail, { address: ADA, state: 'held', reason: 'died' });
      await spool.control.replay(mail.id, DAY_MS);
      assert.equal((await claimed(spool, mail)).crashes, 0);
    },
  );

  clause('tells again of a replayed mail that nobody rang for', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await gaveUp(spool, mail);
    await spool.control.replay(mail.id, DAY_MS);
    await clock.advance(30 * SECOND_MS);
    assert.deepEqual(ids(await spool.due(10)), [mail.id]);
  });

  clause('discards a kept mail, and still knows what became of it', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    await gaveUp(spool, mail);
    assert.equal(await spool.control.discard(mail.id), true);
    assert.equal(await spool.control.discard(mail.id), false);
    assert.deepEqual((await spool.control.kept({ limit: 10 })).mails, []);
    assert.equal((await spool.control.keptCounts()).failed, 0);
    assert.equal(await spool.control.replay(mail.id, DAY_MS), undefined);
    assert.deepEqual(states((await spool.get(mail.id)) ?? { recipients: [] }), ['failed']);
  });

  clause(
    'forgets finished mails after 7 days and kept ones after 30',
    async ({ spool, mail: newMail, clock }) => {
      const [done, failed, poison, pending] = [newMail(), newMail(), newMail(), newMail()];
      for (const mail of [done, poison, pending]) await stored(spool, mail);
      await settled(spool, done, sent(done));
      await gaveUp(spool, failed);
      await settled(spool, poison, { address: ADA, state: 'held', reason: 'died' });
      const known = async () =>
        (await Promise.all([done, failed, poison, pending].map(({ id }) => spool.get(id)))).map(Boolean);
      await clock.advance(7 * DAY_MS - 1);
      await purged(spool);
      assert.deepEqual(await known(), [true, true, true, true]);
      await clock.advance(1);
      assert.equal(await purged(spool), 1);
      assert.deepEqual(await known(), [false, true, true, true]);
      await clock.advance(23 * DAY_MS);
      assert.equal(await purged(spool), 1);
      assert.deepEqual(await known(), [false, false, true, true]);
      assert.deepEqual(ids((await spool.control.kept({ limit: 10 })).mails), [poison.id]);
    },
  );

  clause('forgets no more at a time than it is asked to', async ({ spool, mail: newMail, clock }) => {
    for (const mail of Array.from({ length: 5 }, () => newMail())) {
      await stored(spool, mail);
      await settled(spool, mail, sent(mail));
    }
    await clock.advance(8 * DAY_MS);
    assert.equal(await spool.control.purge(3), 3);
    assert.equal(await spool.control.purge(3), 2);
    assert.equal(await spool.control.purge(3), 0);
  });
}

/** The ids of every page, in order. */
async function allPages(spool: Spool, query: KeptQuery): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await spool.control.kept({ ...query, cursor });
    pages.push(ids(page.mails));
    ({ cursor } = page);
    assert.ok(pages.length < 100, 'the pages come to an end');
  } while (cursor !== undefined);
  return pages;
}
