import assert from 'node:assert/strict';
import { mailEventBase } from '../events/mail-event-base.js';
import type { MailEvent } from '../events/mail-event.js';
import type { Mail } from '../core/mail/mail.js';
import type { Spool } from '../spool/spool.js';
import { readAll, type LogSubject } from './event-log-clause.js';
import { sampleEntry } from './sample-mail.js';
import { claimed, deferred, LEASE, mailsOf } from './spool-clause.js';

/** Declares one clause about a spool that writes to the log. */
type StepClause = (
  title: string,
  run: (subject: LogSubject & { readonly spool: Spool }) => Promise<void>,
) => void;

/** What a step of the spool brings is stored with it, or not at all. */
export function stepClauses(clause: StepClause): void {
  clause('stores what is told of a mail with the mail', async ({ log, spool, clock }) => {
    const mail = mailsOf(clock)();
    await spool.add(sampleEntry(mail, { events: queued(mail) }));
    assert.deepEqual(await idsIn(log), ids(queued(mail)));
  });

  clause('stores nothing for a mail that is known already', async ({ log, spool, clock }) => {
    const make = mailsOf(clock);
    const [first, second] = [make(), make()];
    const idempotency = { key: 'key', fingerprint: 'same' };
    await spool.add(sampleEntry(first, { events: queued(first), idempotency }));
    await spool.add(sampleEntry(second, { events: queued(second), idempotency }));
    assert.deepEqual(await idsIn(log), ids(queued(first)));
  });

  clause(
    'stores what is told of many mails, but not of those that are refused',
    async ({ log, spool, clock }) => {
      const make = mailsOf(clock);
      const mails = [make(), make(), make()] as const;
      const conflict = { key: 'key', fingerprint: 'one' };
      await spool.add(sampleEntry(mails[0], { events: queued(mails[0]), idempotency: conflict }));
      await spool.addMany([
        sampleEntry(mails[1], {
          events: queued(mails[1]),
          idempotency: { key: 'key', fingerprint: 'other' },
        }),
        sampleEntry(mails[2], { events: queued(mails[2]) }),
      ]);
      assert.deepEqual(await idsIn(log), ids([...queued(mails[0]), ...queued(mails[2])]));
    },
  );

  clause('stores what an attempt brought with its settlement', async ({ log, spool, clock }) => {
    const mail = mailsOf(clock)();
    await spool.add(sampleEntry(mail));
    const claim = await claimed(spool, mail);
    const events = sent(mail);
    await spool.settle(claim, {
      recipients: [deferred(mail, clock.now() + 1000)],
      countAttempt: true,
      events,
    });
    assert.deepEqual(await idsIn(log), ids(events));
  });

  clause('stores nothing of an attempt whose claim was lost', async ({ log, spool, clock }) => {
    const mail = mailsOf(clock)();
    await spool.add(sampleEntry(mail));
    const lost = await claimed(spool, mail);
    await clock.advance(LEASE.leaseMs + 1);
    await claimed(spool, mail);
    const settlement = { recipients: [deferred(mail, clock.now())], countAttempt: true, events: sent(mail) };
    assert.equal(await spool.settle(lost, settlement), undefined);
    assert.deepEqual(await idsIn(log), []);
  });
}

function queued(mail: Mail): readonly MailEvent[] {
  return mail.envelope.to.map((to) => ({
    ...mailEventBase('queued', mail, to, 0, mail.createdAt),
    dueAt: new Date(mail.dueAt),
  }));
}

function sent(mail: Mail): readonly MailEvent[] {
  return mail.envelope.to.map((to) => ({
    ...mailEventBase('sent', mail, to, 1, mail.createdAt),
    attempt: 1,
    transport: 'primary',
  }));
}

function ids(events: readonly MailEvent[]): readonly string[] {
  return events.map(({ id }) => id);
}

async function idsIn(log: LogSubject['log']): Promise<readonly string[]> {
  return (await readAll(log)).map(({ id }) => id);
}
