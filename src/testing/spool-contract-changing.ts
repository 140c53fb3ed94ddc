import assert from 'node:assert/strict';
import type { Change, MailSelector, SpoolControl } from '../spool/spool-control.js';
import { sampleEntry } from './sample-mail.js';
import {
  claimed,
  deferred,
  LEASE,
  SECOND_MS,
  sent,
  settled,
  states,
  stored,
  TO,
  type Clause,
  type ClauseSubject,
} from './spool-clause.js';

const KEY = { key: 'k', fingerprint: 'f' };

/** Changing one's mind before a worker has the mail: cancel and reschedule. */
export function changingClauses(clause: Clause): void {
  for (const by of ['mailId', 'idempotencyKey'] as const) {
    clause(`cancels a mail by its ${by}`, async ({ spool, mail: newMail, clock }) => {
      const mail = newMail({ tenant: 'one', envelope: { from: 'a@acme.test', to: TO } });
      await spool.add(sampleEntry(mail, { idempotency: KEY }));
      await settled(spool, mail, sent(mail), {
        address: TO[1] ?? '',
        state: 'deferred',
        dueAt: clock.now() + SECOND_MS,
      });
      const change = await spool.control.cancel(selector(by, mail));
      assert.equal(change.kind, 'done');
      assert.deepEqual(states(known(change)), ['sent', 'cancelled', 'cancelled']);
      assert.deepEqual((await spool.get(mail.id))?.recipients, known(change).recipients);
      await clock.advance(60 * SECOND_MS);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      assert.deepEqual(await spool.due(10), []);
      assert.deepEqual(await spool.counts(), { pending: 0, claimed: 0, bytes: 0 });
      assert.deepEqual((await spool.control.kept({ limit: 10 })).mails, []);
    });

    clause(`moves a mail to another time by its ${by}`, async ({ spool, mail: newMail, clock }) => {
      const mail = newMail({
        tenant: 'one',
        dueAt: clock.now() + SECOND_MS,
        expiresAt: clock.now() + 61 * SECOND_MS,
      });
      await spool.add(sampleEntry(mail, { idempotency: KEY }));
      const later = clock.now() + 10 * SECOND_MS;
      const change = await spool.control.reschedule(selector(by, mail), later);
      assert.equal(change.kind, 'done');
      assert.deepEqual(known(change).mail, {
        ...mail,
        dueAt: later,
        rescheduled: true,
        expiresAt: later + 60 * SECOND_MS,
      });
      await clock.advance(9 * SECOND_MS);
      assert.deepEqual(await spool.due(10), []);
      assert.equal(await spool.claim(mail.id, LEASE), undefined);
      assert.equal(await spool.nextDueAt(), later);
      await clock.advance(SECOND_MS);
      assert.deepEqual(await spool.due(10), [{ id: mail.id, lane: mail.lane }]);
      const claim = await claimed(spool, mail);
      assert.deepEqual(claim.mail, known(change).mail);
      assert.deepEqual(claim.recipients, [{ address: TO[0], state: 'queued', dueAt: later }]);
    });
  }

  clause('moves a mail to an earlier time', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail({ dueAt: clock.now() + 60 * SECOND_MS });
    await stored(spool, mail);
    await spool.control.reschedule({ mailId: mail.id }, clock.now());
    assert.ok(await spool.claim(mail.id, LEASE));
  });

  clause('keeps the key of a cancelled mail', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    await spool.add(sampleEntry(mail, { idempotency: KEY }));
    await spool.control.cancel({ mailId: mail.id });
    const again = await spool.add(sampleEntry(newMail(), { idempotency: KEY }));
    assert.ok(again.deduplicated);
    assert.deepEqual(states(again.spooled), ['cancelled']);
  });

  clause('is too late for a mail a worker holds', async (subject) => {
    const { spool, mail: newMail } = subject;
    const mail = newMail();
    await stored(spool, mail);
    const claim = await claimed(spool, mail);
    await isTooLate(subject, mail.id, ['queued']);
    assert.ok(await spool.settle(claim, { recipients: [sent(mail)], countAttempt: true }));
  });

  clause('is too late while nobody knows what a dead worker did', async (subject) => {
    const { spool, mail: newMail, clock } = subject;
    const mail = newMail();
    await stored(spool, mail);
    await spool.mark(await claimed(spool, mail), 'primary', mail.envelope.to);
    await clock.advance(LEASE.leaseMs);
    await isTooLate(subject, mail.id, ['queued']);
    assert.ok((await claimed(spool, mail)).abandoned);
  });

  clause('is too late for a mail that is finished', async (subject) => {
    const { spool, mail: newMail } = subject;
    const mail = newMail();
    await stored(spool, mail);
    await settled(spool, mail, sent(mail));
    await isTooLate(subject, mail.id, ['sent']);
  });

  clause('cancels a mail whose worker died before anything left', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const dead = await claimed(spool, mail);
    await clock.advance(LEASE.leaseMs);
    assert.equal((await spool.control.cancel({ mailId: mail.id })).kind, 'done');
    assert.equal(await spool.settle(dead, { recipients: [sent(mail)], countAttempt: true }), undefined);
    assert.deepEqual(states((await spool.get(mail.id)) ?? { recipients: [] }), ['cancelled']);
    assert.deepEqual(await spool.counts(), { pending: 0, claimed: 0, bytes: 0 });
  });

  clause('does not move a mail that was tried', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    await settled(spool, mail, deferred(mail, clock.now() + SECOND_MS));
    const change = await spool.control.reschedule({ mailId: mail.id }, clock.now() + 9 * SECOND_MS);
    assert.equal(change.kind, 'too-late');
    await clock.advance(SECOND_MS);
    assert.ok(await spool.claim(mail.id, LEASE));
  });

  clause('does not call cancelled what may have been sent', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await stored(spool, mail);
    const uncertain = { ...deferred(mail, clock.now() + SECOND_MS), state: 'uncertain' as const };
    await settled(spool, mail, uncertain);
    const change = await spool.control.cancel({ mailId: mail.id });
    assert.equal(change.kind, 'done');
    assert.deepEqual(states(known(change)), ['uncertain']);
    await clock.advance(SECOND_MS);
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    assert.equal((await spool.control.keptCounts()).uncertain, 1);
  });

  clause('cancels and moves in a paused lane', async ({ spool, mail: newMail, clock }) => {
    await spool.control.pause({ lane: 'transactional' });
    const [first, second] = [newMail(), newMail()];
    await stored(spool, first);
    await stored(spool, second);
    assert.equal((await spool.control.cancel({ mailId: first.id })).kind, 'done');
    const later = clock.now() + SECOND_MS;
    assert.equal((await spool.control.reschedule({ mailId: second.id }, later)).kind, 'done');
    assert.equal(await spool.nextDueAt(), undefined);
  });

  clause('does not know another tenant, key or id', async ({ spool, mail: newMail }) => {
    const mail = newMail({ tenant: 'one' });
    await spool.add(sampleEntry(mail, { idempotency: KEY }));
    const selectors: readonly MailSelector[] = [
      { mailId: 'unknown' },
      { idempotencyKey: 'k' },
      { idempotencyKey: 'k', tenant: 'two' },
      { idempotencyKey: 'other', tenant: 'one' },
    ];
    for (const which of selectors) {
      assert.deepEqual(await spool.control.cancel(which), { kind: 'unknown' });
      assert.deepEqual(await spool.control.reschedule(which, 0), { kind: 'unknown' });
    }
    assert.deepEqual(states((await spool.get(mail.id)) ?? { recipients: [] }), ['queued']);
  });
}

function selector(
  by: 'mailId' | 'idempotencyKey',
  { id, tenant }: { readonly id: string; readonly tenant: string },
): MailSelector {
  return by === 'mailId' ? { mailId: id } : { idempotencyKey: KEY.key, tenant };
}

function known(change: Change) {
  assert.ok(change.kind !== 'unknown');
  return change.spooled;
}

async function isTooLate(
  { spool, clock }: ClauseSubject,
  mailId: string,
  expected: readonly string[],
): Promise<void> {
  const wishes: readonly ((control: SpoolControl) => Promise<Change>)[] = [
    (control) => control.cancel({ mailId }),
    (control) => control.reschedule({ mailId }, clock.now() + SECOND_MS),
  ];
  for (const wish of wishes) {
    const change = await wish(spool.control);
    assert.equal(change.kind, 'too-late');
    assert.deepEqual(states(known(change)), expected);
  }
}
