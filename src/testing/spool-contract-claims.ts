import assert from 'node:assert/strict';
import {
  addresses,
  claimed,
  deferred,
  isError,
  LEASE,
  SECOND_MS,
  sent,
  settled,
  states,
  stored,
  TO,
  type Clause,
} from './spool-clause.js';

/** The exclusive right to a mail: claims, leases, marks, settlements, and workers that die. */
export function claimClauses(clause: Clause): void {
  clause('lets one worker claim a mail', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    await stored(spool, mail);
    const claims = await Promise.all(Array.from({ length: 10 }, () => spool.claim(mail.id, LEASE)));
    assert.equal(claims.filter(Boolean).length, 1);
  });

  clause(
    'keeps recipients that are still pending, and only them',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail({ envelope: { from: 'a@acme.test', to: TO } });
      await stored(spool, mail);
      const after = await settled(
        spool,
        mail,
        { address: TO[0] ?? '', state: 'sent', transport: 'primary', providerMessageId: 'abc' },
        { address: TO[1] ?? '', state: 'deferred', dueAt: clock.now() + SECOND_MS },
        { address: TO[2] ?? '', state: 'bounced' },
      );
      assert.deepEqual(states(after), ['sent', 'deferred', 'bounced']);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      await clock.advance(SECOND_MS);
      const second = await claimed(spool, mail);
      assert.deepEqual(addresses(second.recipients), [TO[1]]);
      assert.equal(second.attempt, 2);
      const known = await spool.get(mail.id);
      assert.deepEqual(known?.recipients, after.recipients);
      assert.equal(known?.attempts, 1);
    },
  );

  clause(
    'leaves recipients as they are that a settlement does not name',
    async ({ spool, mail: newMail }) => {
      const mail = newMail({ envelope: { from: 'a@acme.test', to: TO } });
      await stored(spool, mail);
      await settled(spool, mail, { address: TO[1] ?? '', state: 'sent' });
      assert.deepEqual(addresses((await claimed(spool, mail)).recipients), [TO[0], TO[2]]);
    },
  );

  clause('does not count an attempt that is not to count', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const claim = await claimed(spool, mail);
    await spool.settle(claim, { recipients: [deferred(mail, clock.now())], countAttempt: false });
    assert.equal((await claimed(spool, mail)).attempt, 1);
  });

  clause('forgets the schedule of a mail that is finished', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    await settled(spool, mail, sent(mail));
    await clock.advance(3600 * SECOND_MS);
    assert.deepEqual(await spool.due(10), []);
    assert.equal(await spool.nextDueAt(), undefined);
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    assert.equal((await spool.counts()).pending, 0);
    assert.equal((await spool.get(mail.id))?.recipients[0]?.state, 'sent');
  });

  clause('refuses to settle twice', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const claim = await claimed(spool, mail);
    assert.ok(await spool.settle(claim, { recipients: [sent(mail)], countAttempt: true }));
    const again = { recipients: [deferred(mail, clock.now())], countAttempt: true };
    assert.equal(await spool.settle(claim, again), undefined);
    assert.equal((await spool.get(mail.id))?.recipients[0]?.state, 'sent');
  });

  clause('gives a mail to another worker when a claim expires', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const lost = await claimed(spool, mail);
    await clock.advance(LEASE.leaseMs);
    assert.deepEqual(await spool.due(10), [{ id: mail.id, lane: mail.lane }]);
    const second = await claimed(spool, mail);
    assert.equal(second.abandoned, undefined);
    assert.notEqual(second.token, lost.token);
    assert.equal(await spool.settle(lost, { recipients: [sent(mail)], countAttempt: true }), undefined);
    assert.equal(await spool.renew(lost, LEASE.leaseMs), false);
    await assert.rejects(async () => spool.mark(lost, 'primary', TO), isError('ERR_MAIL_RELAY_CLAIM_LOST'));
    assert.ok(await spool.settle(second, { recipients: [sent(mail)], countAttempt: true }));
  });

  clause(
    'tells of a claim that expired after its handed-over mark',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail();
      await stored(spool, mail);
      await spool.mark(await claimed(spool, mail), 'primary', mail.envelope.to);
      await clock.advance(LEASE.leaseMs);
      const second = await claimed(spool, mail);
      assert.deepEqual(second.abandoned, { transport: 'primary', recipients: mail.envelope.to });
    },
  );

  clause(
    'tells of it until somebody settles it, and only until then',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail();
      await stored(spool, mail);
      await spool.mark(await claimed(spool, mail), 'primary', mail.envelope.to);
      await clock.advance(LEASE.leaseMs);
      await claimed(spool, mail);
      await clock.advance(LEASE.leaseMs);
      const third = await claimed(spool, mail);
      assert.deepEqual(third.abandoned, { transport: 'primary', recipients: mail.envelope.to });
      await spool.settle(third, { recipients: [deferred(mail, clock.now())], countAttempt: true });
      assert.equal((await claimed(spool, mail)).abandoned, undefined);
    },
  );

  clause('keeps a claim that is renewed', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const claim = await claimed(spool, mail);
    await clock.advance(LEASE.leaseMs - 1);
    assert.equal(await spool.renew(claim, LEASE.leaseMs), true);
    await clock.advance(LEASE.leaseMs - 1);
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    assert.deepEqual(await spool.due(10), []);
  });

  clause(
    'counts the workers that died in a row, until one settles',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail();
      await stored(spool, mail);
      for (const crashes of [0, 1, 2]) {
        assert.equal((await claimed(spool, mail)).crashes, crashes);
        await clock.advance(LEASE.leaseMs);
        await spool.due(10);
      }
      const fourth = await claimed(spool, mail);
      assert.equal(fourth.crashes, 3);
      assert.equal(fourth.attempt, 1);
      await spool.settle(fourth, { recipients: [deferred(mail, clock.now())], countAttempt: true });
      assert.equal((await claimed(spool, mail)).crashes, 0);
    },
  );

  clause(
    'goes on counting after an outcome nobody knows was settled',
    async ({ spool, mail: newMail, clock }) => {
      const mail = newMail();
      await stored(spool, mail);
      await spool.mark(await claimed(spool, mail), 'primary', mail.envelope.to);
      await clock.advance(LEASE.leaseMs);
      const second = await claimed(spool, mail);
      assert.equal(second.crashes, 1);
      const uncertain = { ...deferred(mail, clock.now()), state: 'uncertain' as const };
      await spool.settle(second, { recipients: [uncertain], countAttempt: true });
      assert.equal((await claimed(spool, mail)).crashes, 1);
    },
  );
}
