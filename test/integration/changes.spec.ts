import { afterEach, describe, expect, it } from 'vitest';
import { getMailOperationsToken, MailOperations, type MailDraft } from 'nestjs-mail-relay';
import { RelayApp } from '../support/relay-app.js';
import { reply, SmtpSink } from '../support/smtp-sink.js';

/** What marketing mail has to bring. */
const LIST = { unsubscribe: { url: 'https://acme.test/u' } };
const DRAFT = { to: 'ada@example.test', subject: 'Hello', text: 'Hello.' } satisfies MailDraft;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function start() {
  const sink = await SmtpSink.start();
  closing.push(() => sink.close());
  const relay = await RelayApp.start({ transport: sink.url });
  closing.push(() => relay.close());
  const operations = relay.app.get<MailOperations>(getMailOperationsToken());
  return { sink, relay, mail: relay.mail, operations };
}

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

describe('cancel()', () => {
  it('takes a mail back that waits for its time, and tells so', async () => {
    const { sink, relay, mail } = await start();
    const { mailId } = await mail.queue({ ...DRAFT, sendAt: inAnHour(), idempotencyKey: 'k' });
    const change = await mail.cancel({ idempotencyKey: 'k' });
    expect(change).toMatchObject({ kind: 'done', report: { mailId, recipients: [{ state: 'cancelled' }] } });
    await expect.poll(() => relay.told).toEqual(['ada@example.test cancelled']);
    expect(await mail.status(mailId)).toMatchObject({ ok: false, recipients: [{ state: 'cancelled' }] });
    expect(await mail.cancel({ mailId })).toMatchObject({ kind: 'too-late' });
    expect(sink.messages).toEqual([]);
  });

  it('is too late for a mail that was sent, and does not know any other', async () => {
    const { mail, relay } = await start();
    const { mailId } = await mail.send(DRAFT);
    expect(await mail.cancel({ mailId })).toMatchObject({
      kind: 'too-late',
      report: { recipients: [{ state: 'sent' }] },
    });
    expect(await mail.cancel({ mailId: 'unknown' })).toEqual({ kind: 'unknown' });
    await expect.poll(() => relay.told).toEqual(['ada@example.test sent']);
  });
});

describe('reschedule()', () => {
  it('sends at the new time, with the new time as its Date', async () => {
    const { sink, relay, mail } = await start();
    const { mailId } = await mail.queue({ ...DRAFT, sendAt: inAnHour() });
    const sendAt = new Date(Date.now() - 1);
    const before = Math.floor(Date.now() / 1000) * 1000;
    expect(await mail.reschedule({ mailId }, sendAt)).toMatchObject({ kind: 'done' });
    await sink.waitForMessages(1);
    const date = Date.parse(sink.messages[0]?.header('Date') ?? '');
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Date.now());
    await expect.poll(() => relay.told).toEqual(['ada@example.test sent']);
    const queued = relay.events.filter(({ type }) => type === 'queued');
    expect(new Set(queued.map(({ id }) => id)).size).toBe(2);
  });

  it('refuses a time that is none', async () => {
    const { mail } = await start();
    await expect(mail.reschedule({ mailId: 'any' }, 'tomorrow')).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'sendAt',
    });
  });
});

describe('MailOperations', () => {
  it('pauses and resumes a lane, and counts what waits', async () => {
    const { sink, mail, operations } = await start();
    await operations.pause({ lane: 'marketing' });
    await mail.queue({ ...DRAFT, stream: 'marketing', list: LIST });
    await mail.queue({ ...DRAFT, to: 'bob@example.test' });
    await sink.waitForMessages(1);
    expect(sink.messages[0]?.to).toEqual(['bob@example.test']);
    await expect.poll(async () => (await operations.counts()).pending).toBe(1);
    expect(await operations.counts()).toMatchObject({
      paused: [{ lane: 'marketing' }],
      streams: [{ stream: 'marketing', lane: 'marketing', pending: 1, claimed: 0, paused: true }],
    });
    await operations.resume({ lane: 'marketing' });
    await sink.waitForMessages(2);
  });

  it('lets send() leave a mail of a paused stream to the relay', async () => {
    const { sink, mail, operations } = await start();
    await operations.pause({ stream: 'transactional' });
    expect(await mail.send(DRAFT)).toMatchObject({ ok: false, recipients: [{ state: 'queued' }] });
    await operations.resume({ stream: 'transactional' });
    await sink.waitForMessages(1);
  });

  it('refuses to pause what is not there', async () => {
    const { operations } = await start();
    await expect(operations.pause({ lane: 'markting' })).rejects.toMatchObject({ field: 'lane' });
    await expect(operations.pause({ stream: 'nowhere' })).rejects.toThrow(/transactional, marketing/);
  });

  it('shows what failed with the last reply, replays it, and discards it', async () => {
    const { sink, mail, relay, operations } = await start();
    sink.faults = { eod: reply('554 5.6.0 Message content is not understood') };
    const failed = await mail.send({ ...DRAFT, tags: ['a'] });
    expect(failed.recipients).toMatchObject([{ state: 'failed' }]);
    const page = await operations.failed({ stream: 'transactional' });
    expect(page).toMatchObject({
      mails: [
        {
          mailId: failed.mailId,
          reason: 'failed',
          tags: ['a'],
          attempts: 1,
          recipients: [{ address: 'ada@example.test', failure: { reply: { code: 554 } } }],
        },
      ],
    });
    expect(JSON.stringify(page)).not.toContain('Hello');
    expect(page.cursor).toBeUndefined();
    expect((await operations.counts()).kept.failed).toBe(1);

    sink.faults = {};
    expect(await operations.replay({ reason: 'failed' }, { expiresIn: '1h' })).toBe(1);
    await sink.waitForMessages(1);
    await expect.poll(() => relay.told.at(-1)).toBe('ada@example.test sent');
    expect((await operations.failed()).mails).toEqual([]);
    expect(await operations.replay(failed.mailId)).toBe(0);
  });

  it('discards one or many, and never everything by mistake', async () => {
    const { sink, mail, operations } = await start();
    sink.faults = { eod: reply('554 5.6.0 Message content is not understood') };
    const [one] = await Promise.all(
      ['transactional', 'marketing', 'marketing'].map((stream) =>
        mail.send({ ...DRAFT, stream, list: LIST }),
      ),
    );
    await expect(operations.discard({})).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT' });
    expect(await operations.discard(one?.mailId ?? '')).toBe(1);
    expect(await operations.discard({ stream: 'marketing' })).toBe(2);
    expect((await operations.counts()).kept).toEqual({ failed: 0, uncertain: 0, 'set-aside': 0 });
    expect(await mail.status(one?.mailId ?? '')).toMatchObject({ recipients: [{ state: 'failed' }] });
  });
});
