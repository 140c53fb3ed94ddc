import assert from 'node:assert/strict';
import type { Spool } from '../spool/spool.js';
import type { ContractRunner } from './contract-runner.js';
import { sampleEntry } from './sample-mail.js';
import {
  claimed,
  gaveUp,
  ids,
  LEASE,
  mailsOf,
  SECOND_MS,
  sent,
  stored,
  type ClauseSubject,
} from './spool-clause.js';
import { TestClock } from './test-clock.js';

interface Reopening {
  readonly it: ContractRunner['it'];
  readonly open: (clock: TestClock) => Promise<Spool>;
  readonly reopen: (clock: TestClock) => Promise<Spool>;
  readonly isExclusive: boolean;
}

/** What a store remembers that outlives the process. */
export function reopeningClauses({ it, open, reopen, isExclusive }: Reopening): void {
  const clause = (
    title: string,
    before: (subject: ClauseSubject) => Promise<(subject: ClauseSubject) => Promise<void>>,
  ): void => {
    it(title, async () => {
      const clock = new TestClock();
      const mail = mailsOf(clock);
      const first = await open(clock);
      let after: (subject: ClauseSubject) => Promise<void>;
      try {
        after = await before({ spool: first, clock, mail });
      } finally {
        await first.close();
      }
      const second = await reopen(clock);
      try {
        await after({ spool: second, clock, mail });
      } finally {
        await second.close();
      }
    });
  };

  clause(
    'knows mails, messages and their schedule after a restart',
    async ({ spool, mail: newMail, clock }) => {
      const [now, later] = [newMail({ tags: ['a'] }), newMail({ dueAt: clock.now() + SECOND_MS })];
      await stored(spool, now);
      await stored(spool, later);
      return async ({ spool: again }) => {
        const claim = await claimed(again, now);
        assert.deepEqual(claim.mail, now);
        assert.equal((await claim.message()).toString(), 'hello');
        await clock.advance(SECOND_MS);
        assert.deepEqual(ids(await again.due(10)), [later.id]);
        assert.deepEqual(await again.counts(), { pending: 2, claimed: 1, bytes: 10 });
      };
    },
  );

  clause('knows claims and marks after a restart', async ({ spool, mail: newMail, clock }) => {
    const [plain, marked] = [newMail(), newMail()];
    await stored(spool, plain);
    await stored(spool, marked);
    const lost = await claimed(spool, plain);
    await spool.mark(await claimed(spool, marked), 'primary', marked.envelope.to);
    return async ({ spool: again }) => {
      if (!isExclusive) {
        assert.equal(await again.claim(plain.id, LEASE), undefined);
        await clock.advance(LEASE.leaseMs);
      }
      const claim = await claimed(again, plain);
      assert.equal(claim.abandoned, undefined);
      assert.equal(claim.crashes, 1);
      assert.equal(await again.settle(lost, { recipients: [sent(plain)], countAttempt: true }), undefined);
      assert.deepEqual((await claimed(again, marked)).abandoned?.recipients, marked.envelope.to);
    };
  });

  clause('knows keys, pauses and kept mails after a restart', async ({ spool, mail: newMail }) => {
    const idempotency = { key: 'k', fingerprint: 'f' };
    const first = newMail();
    await spool.add(sampleEntry(first, { idempotency }));
    const failed = newMail();
    await gaveUp(spool, failed);
    await spool.control.pause({ lane: 'transactional' });
    return async ({ spool: again }) => {
      const receipt = await again.add(sampleEntry(newMail(), { idempotency }));
      assert.ok(receipt.deduplicated);
      assert.equal(receipt.spooled.mail.id, first.id);
      assert.deepEqual(await again.control.paused(), [{ lane: 'transactional' }]);
      assert.equal(await again.claim(first.id, LEASE), undefined);
      assert.deepEqual(ids((await again.control.kept({ limit: 10 })).mails), [failed.id]);
      assert.ok(await again.control.replay(failed.id, SECOND_MS));
    };
  });
}
