import assert from 'node:assert/strict';
import type { PauseTarget } from '../spool/spool-control.js';
import { claimed, ids, LEASE, SECOND_MS, sent, settled, stored, type Clause } from './spool-clause.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const PAUSES: readonly PauseTarget[] = [{ lane: 'marketing' }, { stream: 'news' }];
const PAUSED = { lane: 'marketing', stream: 'news' };

/** The one schedule: what is told as due, when, and what a pause keeps back. */
export function scheduleClauses(clause: Clause): void {
  clause('does not give out a mail before it is due', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail({ dueAt: clock.now() + 5 * SECOND_MS });
    await stored(spool, mail);
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    assert.deepEqual(await spool.due(10), []);
    assert.equal(await spool.nextDueAt(), mail.dueAt);
    await clock.advance(5 * SECOND_MS);
    assert.deepEqual(await spool.due(10), [{ id: mail.id, lane: mail.lane }]);
    assert.ok(await spool.claim(mail.id, LEASE));
  });

  clause(
    'tells what is due once, and again when nobody claimed it',
    async ({ spool, mail: newMail, clock }) => {
      await stored(spool, newMail({ dueAt: clock.now() + 1 }));
      await clock.advance(1);
      assert.equal((await spool.due(10)).length, 1);
      assert.equal((await spool.due(10)).length, 0);
      await clock.advance(30 * SECOND_MS);
      assert.equal((await spool.due(10)).length, 1);
    },
  );

  clause('tells what was stored as due when nobody rang for it', async ({ spool, mail: newMail, clock }) => {
    const [one, many] = [newMail(), newMail()];
    await stored(spool, one);
    await spool.addMany([{ mail: many, message: Buffer.from('hello'), recipients: queuedAt(many) }]);
    await clock.advance(30 * SECOND_MS);
    assert.deepEqual(new Set(ids(await spool.due(10))), new Set([one.id, many.id]));
  });

  clause(
    'tells no more than it is asked for, and the rest next time',
    async ({ spool, mail: newMail, clock }) => {
      const mails = Array.from({ length: 25 }, () => newMail({ dueAt: clock.now() + 1 }));
      for (const mail of mails) await stored(spool, mail);
      await clock.advance(1);
      const told = [await spool.due(10), await spool.due(10), await spool.due(10)];
      assert.deepEqual(
        told.map(({ length }) => length),
        [10, 10, 5],
      );
      assert.deepEqual(new Set(told.flatMap(ids)), new Set(mails.map(({ id }) => id)));
    },
  );

  clause('lets no stream wait behind the backlog of another', async ({ spool, mail: newMail, clock }) => {
    const backlog = Array.from({ length: 60 }, () =>
      newMail({ lane: 'marketing', stream: 'marketing', dueAt: clock.now() + 1 }),
    );
    for (const mail of backlog) await stored(spool, mail);
    const urgent = newMail({ dueAt: clock.now() + 2 });
    await stored(spool, urgent);
    await clock.advance(2);
    assert.ok(ids(await spool.due(10)).includes(urgent.id));
  });

  for (const target of PAUSES) {
    const what = 'lane' in target ? 'lane' : 'stream';

    clause(`keeps a paused ${what} back, and nothing else`, async ({ spool, mail: newMail, clock }) => {
      const dueAt = clock.now() + SECOND_MS;
      const held = newMail({ ...PAUSED, dueAt });
      const free = newMail({ dueAt: dueAt + SECOND_MS });
      await stored(spool, held);
      await stored(spool, free);
      await spool.control.pause(target);
      await spool.control.pause(target);
      assert.deepEqual(await spool.control.paused(), [target]);
      assert.equal(await spool.nextDueAt(), free.dueAt);
      await clock.advance(2 * SECOND_MS);
      assert.deepEqual(ids(await spool.due(10)), [free.id]);
      assert.equal(await spool.claim(held.id, LEASE), undefined);
      assert.ok(await spool.claim(free.id, LEASE));
      assert.equal((await spool.counts()).pending, 2);
    });

    clause(
      `tells at once what became due while a ${what} was paused`,
      async ({ spool, mail: newMail, clock }) => {
        const mail = newMail({ ...PAUSED, dueAt: clock.now() + SECOND_MS });
        await stored(spool, mail);
        await spool.control.pause(target);
        await clock.advance(SECOND_MS);
        await spool.due(10);
        await spool.control.resume(target);
        assert.deepEqual(await spool.control.paused(), []);
        assert.deepEqual(ids(await spool.due(10)), [mail.id]);
        assert.ok(await spool.claim(mail.id, LEASE));
      },
    );

    clause(`tells at once what came while a ${what} was paused`, async ({ spool, mail: newMail }) => {
      await spool.control.pause(target);
      const mail = newMail(PAUSED);
      const receipt = await spool.add(
        { mail, message: Buffer.from('hello'), recipients: queuedAt(mail) },
        LEASE,
      );
      assert.ok(!receipt.deduplicated && receipt.claim === undefined);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      await spool.control.resume(target);
      assert.deepEqual(ids(await spool.due(10)), [mail.id]);
    });

    clause(`tells at once what was rung before a ${what} was paused`, async ({ spool, mail: newMail }) => {
      const mail = newMail(PAUSED);
      await stored(spool, mail);
      await spool.control.pause(target);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      await spool.control.resume(target);
      assert.deepEqual(ids(await spool.due(10)), [mail.id]);
    });

    clause(`lets what is claimed go on when its ${what} is paused`, async ({ spool, mail: newMail }) => {
      const mail = newMail(PAUSED);
      await stored(spool, mail);
      const claim = await claimed(spool, mail);
      await spool.control.pause(target);
      assert.equal(await spool.renew(claim, LEASE.leaseMs), true);
      assert.ok(await spool.settle(claim, { recipients: [sent(mail)], countAttempt: true }));
    });
  }

  clause('stays paused until both lane and stream are resumed', async ({ spool, mail: newMail }) => {
    const mail = newMail(PAUSED);
    await stored(spool, mail);
    for (const target of PAUSES) await spool.control.pause(target);
    assert.equal((await spool.control.paused()).length, 2);
    await spool.control.resume({ lane: 'marketing' });
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    await spool.control.resume({ stream: 'news' });
    assert.ok(await spool.claim(mail.id, LEASE));
  });

  clause('counts each stream in each lane', async ({ spool, mail: newMail, clock }) => {
    const early = clock.now() - SECOND_MS;
    const [first, second] = [newMail({ dueAt: early }), newMail()];
    const news = newMail({ ...PAUSED, dueAt: clock.now() + SECOND_MS });
    for (const mail of [first, second, news]) await stored(spool, mail);
    await claimed(spool, second);
    await stored(spool, newMail({ stream: 'done' }));
    const done = newMail({ stream: 'over' });
    await stored(spool, done);
    await settled(spool, done, sent(done));
    await spool.control.pause({ lane: 'marketing' });
    const counted = await spool.control.streams();
    const of = (stream: string) => {
      const found = counted.find((one) => one.stream === stream && one.pending > 0);
      return found && { ...found, waitingSince: undefined };
    };
    assert.deepEqual(of('transactional'), {
      lane: 'transactional',
      stream: 'transactional',
      pending: 2,
      claimed: 1,
      oldestDueAt: early,
      waitingSince: undefined,
    });
    const expected = { ...PAUSED, pending: 1, claimed: 0, oldestDueAt: news.dueAt, waitingSince: undefined };
    assert.deepEqual(of('news'), expected);
    assert.equal(of('done')?.pending, 1);
    assert.equal(of('over'), undefined);
  });

  clause('knows since when the oldest mail waits, however often it is tried', async (setting) => {
    const { spool, mail: newMail, clock } = setting;
    const since = async (stream = 'transactional'): Promise<number | undefined> => {
      const streams = await spool.control.streams();
      const at = streams.find((one) => one.stream === stream && one.pending > 0)?.waitingSince;
      return at === undefined ? undefined : Math.floor(at / MINUTE_MS);
    };
    const minute = (at: number): number => Math.floor(at / MINUTE_MS);
    const begun = clock.now();
    const [old, young] = [newMail({ dueAt: begun - 3 * MINUTE_MS }), newMail()];
    for (const mail of [old, young]) await stored(spool, mail);
    assert.equal(await since(), minute(old.dueAt));
    await settled(
      spool,
      old,
      ...old.envelope.to.map((address) => ({ address, state: 'deferred' as const, dueAt: begun + HOUR_MS })),
    );
    assert.equal(
      await since(),
      minute(old.dueAt),
      'A mail that is tried again waits since it was first to be sent.',
    );
    assert.equal((await spool.control.reschedule({ mailId: young.id }, begun + HOUR_MS)).kind, 'done');
    assert.equal((await spool.control.cancel({ mailId: old.id })).kind, 'done');
    assert.equal(await since(), minute(begun + HOUR_MS));
    assert.equal((await spool.control.cancel({ mailId: young.id })).kind, 'done');
    assert.equal(await since(), undefined);
  });
}

function queuedAt({ envelope, dueAt }: { envelope: { to: readonly string[] }; dueAt: number }) {
  return envelope.to.map((address) => ({ address, state: 'queued' as const, dueAt }));
}
