import assert from 'node:assert/strict';
import type { Mail } from '../core/mail/mail.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { Claim, Spool } from '../spool/spool.js';
import type { SpooledRecipient } from '../spool/spooled-mail.js';
import type { ContractRunner } from './contract-runner.js';
import { sampleEntry, sampleMail } from './sample-mail.js';
import { TestClock } from './test-clock.js';

/** What the suite asks of an adapter's author. */
export interface SpoolContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty spool that lives by this clock. */
  readonly open: (clock: TestClock) => Promise<Spool>;
}

const LEASE = { owner: 'contract', leaseMs: 60_000 };
const TO = ['ada@example.test', 'bob@example.test', 'eve@example.test'];

/**
 * What every spool must do. Runs in any test runner that has `describe` and `it`.
 *
 * @publicApi
 */
export function describeSpoolContract({ describe, it, name, open }: SpoolContractOptions): void {
  let serial = 0;
  const nextMail = (clock: TestClock, changes: Partial<Mail> = {}): Mail => {
    const now = clock.now();
    return sampleMail({
      id: `mail${String(++serial).padStart(22, '0')}`,
      createdAt: now,
      dueAt: now,
      ...changes,
    });
  };
  const clause = (title: string, run: (spool: Spool, clock: TestClock) => Promise<void>): void => {
    it(title, async () => {
      const clock = new TestClock();
      const spool = await open(clock);
      try {
        await run(spool, clock);
      } finally {
        await spool.close();
      }
    });
  };

  describe(`spool contract: ${name}`, () => {
    clause('gives back what was added', async (spool, clock) => {
      const mail = nextMail(clock, { envelope: { from: '', to: TO }, tags: ['a'], metadata: { b: 'c' } });
      await spool.add(sampleEntry(mail, { message: Buffer.from('bytes \r\n') }));
      const claim = await claimed(spool, mail);
      assert.deepEqual(claim.mail, mail);
      assert.deepEqual(addresses(claim.recipients), TO);
      assert.equal((await claim.message()).toString(), 'bytes \r\n');
      assert.equal(claim.attempt, 1);
    });

    clause('lets one worker claim a mail', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const claims = await Promise.all(Array.from({ length: 10 }, () => spool.claim(mail.id, LEASE)));
      assert.equal(claims.filter(Boolean).length, 1);
    });

    clause('claims a mail in the step that adds it', async (spool, clock) => {
      const mail = nextMail(clock);
      const receipt = await spool.add(sampleEntry(mail), LEASE);
      assert.ok(!receipt.deduplicated && receipt.claim);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      assert.deepEqual(await spool.due(10), []);
    });

    clause('does not give out a mail before it is due', async (spool, clock) => {
      const mail = nextMail(clock, { dueAt: clock.now() + 5000 });
      const receipt = await spool.add(sampleEntry(mail), LEASE);
      assert.ok(!receipt.deduplicated && receipt.claim === undefined);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      assert.deepEqual(await spool.due(10), []);
      assert.equal(await spool.nextDueAt(), mail.dueAt);
      await clock.advance(5000);
      assert.deepEqual(await spool.due(10), [{ id: mail.id, lane: mail.lane }]);
      assert.ok(await spool.claim(mail.id, LEASE));
    });

    clause(
      'keeps recipients that are still pending, and only them, for the next attempt',
      async (spool, clock) => {
        const mail = nextMail(clock, { envelope: { from: 'a@acme.test', to: TO } });
        await spool.add(sampleEntry(mail));
        const first = await claimed(spool, mail);
        const later = clock.now() + 1000;
        await spool.settle(first, {
          recipients: [
            { address: TO[0] ?? '', state: 'sent' },
            { address: TO[1] ?? '', state: 'deferred', dueAt: later },
            { address: TO[2] ?? '', state: 'bounced' },
          ],
          countAttempt: true,
        });
        assert.equal(await spool.claim(mail.id, LEASE), undefined);
        await clock.advance(1000);
        const second = await claimed(spool, mail);
        assert.deepEqual(addresses(second.recipients), [TO[1]]);
        assert.equal(second.attempt, 2);
        const known = await spool.get(mail.id);
        assert.deepEqual(
          known?.recipients.map(({ state }) => state),
          ['sent', 'deferred', 'bounced'],
        );
      },
    );

    clause('does not count an attempt that is not to count', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const claim = await claimed(spool, mail);
      await spool.settle(claim, { recipients: [deferred(mail, clock.now())], countAttempt: false });
      assert.equal((await claimed(spool, mail)).attempt, 1);
    });

    clause('forgets the schedule of a mail that is finished', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      await spool.settle(await claimed(spool, mail), { recipients: [sent(mail)], countAttempt: true });
      await clock.advance(3_600_000);
      assert.deepEqual(await spool.due(10), []);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      assert.equal((await spool.counts()).pending, 0);
      assert.equal((await spool.get(mail.id))?.recipients[0]?.state, 'sent');
    });

    clause('refuses to settle twice', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const claim = await claimed(spool, mail);
      assert.ok(await spool.settle(claim, { recipients: [sent(mail)], countAttempt: true }));
      const again = { recipients: [deferred(mail, clock.now())], countAttempt: true };
      assert.equal(await spool.settle(claim, again), undefined);
      assert.equal((await spool.get(mail.id))?.recipients[0]?.state, 'sent');
    });

    clause('gives a mail to another worker when a claim expires without a mark', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const lost = await claimed(spool, mail);
      await clock.advance(LEASE.leaseMs);
      assert.deepEqual(await spool.due(10), [{ id: mail.id, lane: mail.lane }]);
      const second = await claimed(spool, mail);
      assert.equal(second.abandoned, undefined);
      assert.equal(await spool.settle(lost, { recipients: [sent(mail)], countAttempt: true }), undefined);
      assert.equal(await spool.renew(lost, LEASE.leaseMs), false);
      await assert.rejects(async () => spool.mark(lost, 'primary', TO), isError('ERR_MAIL_RELAY_CLAIM_LOST'));
    });

    clause('tells of a claim that expired after its handed-over mark', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const lost = await claimed(spool, mail);
      await spool.mark(lost, 'primary', mail.envelope.to);
      await clock.advance(LEASE.leaseMs);
      const second = await claimed(spool, mail);
      assert.deepEqual(second.abandoned, { transport: 'primary', recipients: mail.envelope.to });
    });

    clause('keeps a claim that is renewed', async (spool, clock) => {
      const mail = nextMail(clock);
      await spool.add(sampleEntry(mail));
      const claim = await claimed(spool, mail);
      await clock.advance(LEASE.leaseMs - 1);
      assert.equal(await spool.renew(claim, LEASE.leaseMs), true);
      await clock.advance(LEASE.leaseMs - 1);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
    });

    clause('tells what is due once, and again when nobody claimed it', async (spool, clock) => {
      const mail = nextMail(clock, { dueAt: clock.now() + 1 });
      await spool.add(sampleEntry(mail));
      await clock.advance(1);
      assert.equal((await spool.due(10)).length, 1);
      assert.equal((await spool.due(10)).length, 0);
      await clock.advance(300_000);
      assert.equal((await spool.due(10)).length, 1);
    });

    clause('makes one mail of one idempotency key', async (spool, clock) => {
      const [first, second] = [nextMail(clock), nextMail(clock)];
      const idempotency = { key: 'k', fingerprint: 'f' };
      const receipts = [
        await spool.add(sampleEntry(first, { idempotency })),
        await spool.add(sampleEntry(second, { idempotency })),
      ];
      assert.deepEqual(
        receipts.map(({ deduplicated }) => deduplicated),
        [false, true],
      );
      assert.equal(receipts[1]?.spooled.mail.id, first.id);
      assert.equal((await spool.counts()).pending, 1);
    });

    clause('refuses a known key with another draft, and stores nothing', async (spool, clock) => {
      await spool.add(sampleEntry(nextMail(clock), { idempotency: { key: 'k', fingerprint: 'f' } }));
      const other = sampleEntry(nextMail(clock), { idempotency: { key: 'k', fingerprint: 'g' } });
      await assert.rejects(spool.add(other), isError('ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT'));
      assert.equal((await spool.counts()).pending, 1);
    });

    clause('keeps the keys of tenants apart', async (spool, clock) => {
      const idempotency = { key: 'k', fingerprint: 'f' };
      await spool.add(sampleEntry(nextMail(clock, { tenant: 'one' }), { idempotency }));
      const receipt = await spool.add(sampleEntry(nextMail(clock, { tenant: 'two' }), { idempotency }));
      assert.equal(receipt.deduplicated, false);
    });

    clause('counts what is pending, claimed, and how large it is', async (spool, clock) => {
      const [first, second] = [nextMail(clock), nextMail(clock)];
      await spool.add(sampleEntry(first));
      await spool.add(sampleEntry(second));
      await spool.claim(first.id, LEASE);
      assert.deepEqual(await spool.counts(), { pending: 2, claimed: 1, bytes: 10 });
    });

    clause('knows nothing of an unknown mail', async (spool) => {
      assert.equal(await spool.get('unknown'), undefined);
      assert.equal(await spool.claim('unknown', LEASE), undefined);
    });
  });
}

async function claimed(spool: Spool, mail: Mail): Promise<Claim> {
  const claim = await spool.claim(mail.id, LEASE);
  assert.ok(claim, 'the mail can be claimed');
  return claim;
}

function addresses(recipients: readonly SpooledRecipient[]): readonly string[] {
  return recipients.map(({ address }) => address);
}

function sent(mail: Mail): SpooledRecipient {
  return { address: mail.envelope.to[0] ?? '', state: 'sent' };
}

function deferred(mail: Mail, dueAt: number): SpooledRecipient {
  return { address: mail.envelope.to[0] ?? '', state: 'deferred', dueAt };
}

function isError(code: Parameters<typeof MailRelayError.is>[1]): (error: unknown) => boolean {
  return (error) => MailRelayError.is(error, code);
}
