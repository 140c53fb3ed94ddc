import assert from 'node:assert/strict';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { SpoolReceipt } from '../spool/spool.js';
import { sampleEntry } from './sample-mail.js';
import {
  addresses,
  claimed,
  DAY_MS,
  deferred,
  gaveUp,
  isError,
  LEASE,
  purged,
  sent,
  settled,
  stored,
  TO,
  type Clause,
} from './spool-clause.js';

const KEY = { key: 'k', fingerprint: 'f' };

/** Storing mail, one and many, and the keys that make one mail of several drafts. */
export function addingClauses(clause: Clause): void {
  clause('gives back what was added', async ({ spool, mail: newMail }) => {
    const mail = newMail({ envelope: { from: '', to: TO }, tags: ['a'], metadata: { b: 'c' } });
    await spool.add(sampleEntry(mail, { message: Buffer.from('bytes \r\n\0\xff', 'latin1') }));
    const claim = await claimed(spool, mail);
    assert.deepEqual(claim.mail, mail);
    assert.deepEqual(addresses(claim.recipients), TO);
    assert.equal(Buffer.from(await claim.message()).toString('latin1'), 'bytes \r\n\0\xff');
    assert.equal(claim.attempt, 1);
  });

  clause('gives back a message of 300 000 octets unchanged', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    const message = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 9)) % 256));
    await spool.add(sampleEntry(mail, { message }));
    assert.ok(Buffer.from(await (await claimed(spool, mail)).message()).equals(message));
  });

  clause('keeps what is known of a recipient as it is', async ({ spool, mail: newMail }) => {
    const mail = newMail({ envelope: { from: 'a@acme.test', to: TO } });
    const recipients = [
      { address: TO[0] ?? '', state: 'held' as const, dueAt: mail.dueAt, reason: 'waits for "approval"' },
      { address: TO[1] ?? '', state: 'suppressed' as const, reason: 'complained' },
      { address: TO[2] ?? '', state: 'queued' as const, dueAt: mail.dueAt + 5 },
    ];
    await spool.add(sampleEntry(mail, { recipients }));
    assert.deepEqual((await spool.get(mail.id))?.recipients, recipients);
    assert.deepEqual((await claimed(spool, mail)).recipients, [recipients[0]]);
  });

  clause('claims a mail in the step that adds it', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    const receipt = await spool.add(sampleEntry(mail), LEASE);
    assert.ok(!receipt.deduplicated && receipt.claim);
    assert.equal(await spool.claim(mail.id, LEASE), undefined);
    assert.deepEqual(await spool.due(10), []);
    assert.ok(await spool.settle(receipt.claim, { recipients: [sent(mail)], countAttempt: true }));
  });

  clause('knows a mail that nobody is to get as finished', async ({ spool, mail: newMail }) => {
    const mail = newMail();
    const recipients = [{ address: TO[0] ?? '', state: 'suppressed' as const, reason: 'complained' }];
    await spool.add(sampleEntry(mail, { recipients, message: Buffer.alloc(0) }));
    assert.equal((await spool.get(mail.id))?.recipients[0]?.state, 'suppressed');
    assert.deepEqual(await spool.counts(), { pending: 0, claimed: 0, bytes: 0 });
  });

  clause('makes one mail of one idempotency key', async ({ spool, mail: newMail }) => {
    const [first, second] = [newMail(), newMail()];
    const receipts = [
      await spool.add(sampleEntry(first, { idempotency: KEY })),
      await spool.add(sampleEntry(second, { idempotency: KEY })),
    ];
    assert.deepEqual(receipts.map(deduplicated), [false, true]);
    assert.equal(receipts[1]?.spooled.mail.id, first.id);
    assert.equal((await spool.counts()).pending, 1);
  });

  clause('makes one mail of one key, however many ask at once', async ({ spool, mail: newMail }) => {
    const entries = Array.from({ length: 20 }, () => sampleEntry(newMail(), { idempotency: KEY }));
    const receipts = await Promise.all(entries.map((entry) => spool.add(entry)));
    assert.equal(receipts.filter((receipt) => !receipt.deduplicated).length, 1);
    assert.equal(new Set(receipts.map(({ spooled }) => spooled.mail.id)).size, 1);
    assert.equal((await spool.counts()).pending, 1);
  });

  clause('refuses a known key with another draft, and stores nothing', async ({ spool, mail: newMail }) => {
    await spool.add(sampleEntry(newMail(), { idempotency: KEY }));
    const other = newMail();
    const idempotency = { ...KEY, fingerprint: 'g' };
    await assert.rejects(
      spool.add(sampleEntry(other, { idempotency })),
      isError('ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT'),
    );
    assert.equal((await spool.counts()).pending, 1);
    assert.equal(await spool.get(other.id), undefined);
  });

  clause('keeps the keys of tenants apart', async ({ spool, mail: newMail }) => {
    await spool.add(sampleEntry(newMail({ tenant: 'one' }), { idempotency: KEY }));
    const receipt = await spool.add(sampleEntry(newMail({ tenant: 'two' }), { idempotency: KEY }));
    assert.equal(receipt.deduplicated, false);
  });

  clause('keeps a key until its mail was finished for 7 days', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await spool.add(sampleEntry(mail, { idempotency: KEY }));
    await clock.advance(20 * DAY_MS);
    await purged(spool);
    await settled(spool, mail, sent(mail));
    await clock.advance(7 * DAY_MS - 1);
    await purged(spool);
    assert.equal((await spool.add(sampleEntry(newMail(), { idempotency: KEY }))).deduplicated, true);
    await clock.advance(1);
    assert.ok((await purged(spool)) >= 1);
    assert.equal(await spool.get(mail.id), undefined);
    assert.equal((await spool.add(sampleEntry(newMail(), { idempotency: KEY }))).deduplicated, false);
  });

  clause('keeps the key of a kept mail as long as the mail', async ({ spool, mail: newMail, clock }) => {
    const mail = newMail();
    await spool.add(sampleEntry(mail, { idempotency: KEY }));
    await settled(spool, mail, { address: TO[0] ?? '', state: 'failed' });
    await clock.advance(20 * DAY_MS);
    await purged(spool);
    assert.equal((await spool.add(sampleEntry(newMail(), { idempotency: KEY }))).deduplicated, true);
  });

  clause('stores many in one step, and answers in their order', async ({ spool, mail: newMail }) => {
    const mails = Array.from({ length: 250 }, () => newMail());
    const answers = await spool.addMany(mails.map((mail) => sampleEntry(mail)));
    assert.deepEqual(
      answers.map((answer) => (answer instanceof Error ? answer.message : answer.spooled.mail.id)),
      mails.map(({ id }) => id),
    );
    assert.deepEqual(await spool.counts(), { pending: 250, claimed: 0, bytes: 1250 });
    const last = mails.at(-1);
    assert.ok(last);
    assert.equal((await (await claimed(spool, last)).message()).toString(), 'hello');
  });

  clause('stores the others of a batch when one is refused', async ({ spool, mail: newMail }) => {
    await spool.add(sampleEntry(newMail(), { idempotency: KEY }));
    const [before, refused, after] = [newMail(), newMail(), newMail()];
    const answers = await spool.addMany([
      sampleEntry(before),
      sampleEntry(refused, { idempotency: { ...KEY, fingerprint: 'g' } }),
      sampleEntry(after),
    ]);
    assert.ok(MailRelayError.is(answers[1], 'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT'));
    assert.ok(await spool.get(before.id));
    assert.ok(await spool.get(after.id));
    assert.equal(await spool.get(refused.id), undefined);
    assert.equal((await spool.counts()).pending, 3);
  });

  clause('makes one mail of a key that is twice in one batch', async ({ spool, mail: newMail }) => {
    const answers = await spool.addMany([
      sampleEntry(newMail(), { idempotency: KEY }),
      sampleEntry(newMail(), { idempotency: KEY }),
      sampleEntry(newMail(), { idempotency: { ...KEY, fingerprint: 'g' } }),
    ]);
    const receipts = answers.flatMap((answer) => (answer instanceof Error ? [] : answer));
    assert.deepEqual(receipts.map(deduplicated), [false, true]);
    assert.equal(receipts[0]?.spooled.mail.id, receipts[1]?.spooled.mail.id);
    assert.ok(MailRelayError.is(answers[2], 'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT'));
    assert.equal((await spool.counts()).pending, 1);
  });

  clause('answers an empty batch', async ({ spool }) => {
    assert.deepEqual(await spool.addMany([]), []);
  });

  clause('counts what is pending, claimed, and how large it is', async ({ spool, mail: newMail, clock }) => {
    const [first, second] = [newMail(), newMail()];
    await stored(spool, first);
    await stored(spool, second);
    const claim = await claimed(spool, first);
    assert.deepEqual(await spool.counts(), { pending: 2, claimed: 1, bytes: 10 });
    await spool.settle(claim, { recipients: [deferred(first, clock.now())], countAttempt: true });
    assert.deepEqual(await spool.counts(), { pending: 2, claimed: 0, bytes: 10 });
    await settled(spool, first, sent(first));
    assert.deepEqual(await spool.counts(), { pending: 1, claimed: 0, bytes: 5 });
    await gaveUp(spool, newMail());
    assert.deepEqual(await spool.counts(), { pending: 1, claimed: 0, bytes: 5 });
  });

  clause('knows nothing of an unknown mail', async ({ spool }) => {
    assert.equal(await spool.get('unknown'), undefined);
    assert.equal(await spool.claim('unknown', LEASE), undefined);
  });
}

function deduplicated(receipt: SpoolReceipt): boolean {
  return receipt.deduplicated;
}
