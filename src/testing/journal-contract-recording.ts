import assert from 'node:assert/strict';
import {
  ADA,
  BOB,
  bounced,
  complained,
  deferred,
  HOUR_MS,
  newMail,
  queued,
  sent,
  statesOf,
  to,
  type JournalClause,
} from './journal-clause.js';

/** Recording: every event once, and what events make of a recipient. */
export function recordingClauses(clause: JournalClause): void {
  clause('gives back a mail with all that was told of it', async ({ store, clock }) => {
    const mail = newMail(clock, {
      ...to(ADA, BOB),
      tenant: 'north',
      template: 'welcome',
      tags: ['a', 'b'],
      metadata: { user: '7' },
    });
    const first = [queued(mail), queued(mail, BOB)];
    await store.record(first);
    await clock.advance(1500);
    const second = [sent(mail, clock, { providerMessageId: 'p-1' }), bounced(mail, clock, BOB)];
    await store.record(second);
    const timeline = await store.timeline(mail.id);
    assert.ok(timeline, 'the mail is known');
    const { recipients, events, ...facts } = timeline;
    assert.deepEqual(withoutUndefined(facts), {
      mailId: mail.id,
      messageId: mail.messageId,
      subject: 'Welcome',
      stream: 'transactional',
      tenant: 'north',
      template: 'welcome',
      tags: ['a', 'b'],
      metadata: { user: '7' },
      createdAt: new Date(mail.createdAt),
    });
    assert.deepEqual(
      recipients.map(({ address, state, stateAt, transport }) => ({ address, state, stateAt, transport })),
      [
        { address: ADA, state: 'sent', stateAt: new Date(clock.now()), transport: 'primary' },
        { address: BOB, state: 'bounced', stateAt: new Date(clock.now()), transport: 'primary' },
      ],
    );
    assert.deepEqual(events.map(withoutUndefined), [...first, ...second].map(withoutUndefined));
  });

  clause('knows nothing of a mail nobody told of', async ({ store }) => {
    assert.equal(await store.timeline('nobody'), undefined);
    assert.equal(await store.find({ mailId: 'nobody' }), undefined);
  });

  clause('records an event once, however often it is told', async ({ store, clock }) => {
    const mail = newMail(clock);
    const told = [queued(mail), sent(mail, clock)];
    await store.record([...told, ...told]);
    await store.record(told);
    assert.equal((await store.timeline(mail.id))?.events.length, 2);
    const counts = await store.counters({ by: [] });
    assert.deepEqual(counts, [{ count: 2 }]);
  });

  clause('follows the state of a recipient, in whatever order it is told', async ({ store, clock }) => {
    const mail = newMail(clock);
    const late = deferred(mail, clock);
    await store.record([queued(mail), late]);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'deferred' });
    const other = newMail(clock);
    const forgotten = [queued(other), deferred(other, clock)];
    await clock.advance(HOUR_MS);
    await store.record([sent(mail, clock, { attempt: 2 }), sent(other, clock, { attempt: 2 })]);
    await store.record(forgotten);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'sent' });
    assert.deepEqual(await statesOf(store, other), { [ADA]: 'sent' });
    const bounce = bounced(mail, clock);
    await store.record([{ ...bounce, id: `${mail.id}.0.outside.bounced.hard`, attempt: 0 }]);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'bounced' });
  });

  clause('begins anew when a mail is tried anew', async ({ store, clock }) => {
    const mail = newMail(clock);
    const failed = { ...deferred(mail, clock), type: 'failed' as const, id: `${mail.id}.0.x.1.failed` };
    await store.record([queued(mail), failed]);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'failed' });
    await clock.advance(HOUR_MS);
    const at = new Date(clock.now());
    const moved = { ...mail, dueAt: clock.now() };
    await store.record([{ ...queued(moved), at, again: true }]);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'queued' });
    await store.record([sent(moved, clock)]);
    assert.deepEqual(await statesOf(store, mail), { [ADA]: 'sent' });
  });

  clause('keeps what others tell beside the state', async ({ store, clock }) => {
    const mail = newMail(clock);
    await store.record([queued(mail), sent(mail, clock), complained(mail, clock)]);
    const [recipient] = (await store.timeline(mail.id))?.recipients ?? [];
    assert.deepEqual(recipient?.facts, ['complained']);
    assert.equal(recipient?.state, 'sent');
  });

  clause('finds a mail by what others call it', async ({ store, clock }) => {
    const mail = newMail(clock, { ...to(ADA, BOB), messageId: '<own.id@shop.test>' });
    const other = newMail(clock, to(ADA));
    await store.record([queued(mail), queued(mail, BOB), sent(mail, clock, { providerMessageId: 'p-7' })]);
    await store.record([queued(other)]);
    const byMessage = await store.find({ messageId: '<own.id@shop.test>' });
    assert.equal(byMessage?.mailId, mail.id);
    assert.deepEqual(
      byMessage?.recipients.map(({ address }) => address),
      [ADA, BOB],
    );
    assert.equal(byMessage?.relay, 'default');
    const byProvider = await store.find({ providerMessageId: 'p-7', recipient: 'BOB@example.test' });
    assert.deepEqual(
      byProvider?.recipients.map(({ address }) => address),
      [BOB],
    );
    assert.equal((await store.find({ messageId: other.messageId }))?.mailId, other.id);
    assert.equal(await store.find({ providerMessageId: 'p-7', recipient: 'eve@example.test' }), undefined);
    assert.equal(await store.find({ providerMessageId: 'p-8' }), undefined);
    assert.equal(await store.find({ messageId: '<none@shop.test>' }), undefined);
  });
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}
