import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  getMailServiceToken,
  getSuppressionListToken,
  MailOperations,
  MailRelayModule,
  MailService,
  SuppressionList,
  type MailRelayFeatureInput,
  type MailRelayModuleOptions,
} from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { withSql } from 'nestjs-mail-relay/sql';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SpoolFolder } from '../support/spool-folder.js';
import { byAddress, reply, SmtpSink } from '../support/smtp-sink.js';

const folder = new SpoolFolder();
const SOON = { timeout: 20_000 };
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: Partial<MailRelayModuleOptions> = {}) {
  const sink = await SmtpSink.start();
  closing.push(() => sink.close());
  const app = await RelayApp.start({ transport: sink.url, storage: 'memory', ...options });
  closing.push(() => app.close());
  const list = app.app.get(SuppressionList);
  return { sink, app, list, mail: app.mail, operations: app.app.get(MailOperations) };
}

const ADA = 'ada@example.test';
const BOB = 'bob@example.test';
const draft = (to: string | readonly string[]) => ({ to: [to].flat(), subject: 'Hello', text: 'Hello.' });

const STORAGES: Readonly<Record<string, () => MailRelayFeatureInput[]>> = {
  memory: () => [],
  SQLite: () => [withSql({ file: folder.file() })],
  Redis: () => [withBull({ namespace: newNamespace(), redis: redis.url })],
};

describe.each(Object.entries(STORAGES))('with the list in %s', (_name, features) => {
  it('an address that is suppressed after queue() and before dispatch is not mailed; the others are', async () => {
    const { sink, app, list, mail, operations } = await start({ features: features() });
    await operations.pause({ lane: 'transactional' });
    const receipt = await mail.queue(draft([ADA, BOB]));
    expect(receipt.recipients.map(({ state }) => state)).toEqual(['queued', 'queued']);
    await list.add({ address: ADA });
    await operations.resume({ lane: 'transactional' });
    await sink.waitForMessages(1);
    expect(sink.messages.flatMap(({ to }) => to)).toEqual([BOB]);
    await expect.poll(() => app.told.toSorted(), SOON).toEqual([`${ADA} suppressed`, `${BOB} sent`]);
    expect((await mail.status(receipt.mailId))?.recipients).toMatchObject([
      { address: ADA, state: 'suppressed' },
      { address: BOB, state: 'sent' },
    ]);
  });

  it('a hard bounce suppresses an address, and a second relay process or start knows', async () => {
    const given = features();
    const { sink, list, mail, app } = await start({ features: given });
    sink.faults = { rcpt: byAddress({ [ADA]: reply('550 5.1.1 No such user') }) };
    await mail.send(draft(ADA));
    await expect.poll(() => list.find(ADA), SOON).toMatchObject([{ reason: 'hard-bounce', scope: 'all' }]);
    expect((await mail.queue(draft(ADA))).recipients).toMatchObject([{ state: 'suppressed' }]);
    if (given.length === 0) return;
    await app.close();
    const again = await start({ features: given });
    expect((await again.mail.queue(draft(ADA))).recipients).toMatchObject([{ state: 'suppressed' }]);
    expect(await again.list.remove({ address: ADA })).toBe(1);
    expect((await again.mail.queue(draft(ADA))).recipients).toMatchObject([{ state: 'queued' }]);
  });
});

describe.each(Object.entries(STORAGES))('a full mailbox, with the storage in %s', (_name, features) => {
  it('counts when its mail expires, although the mail is no bounce', async () => {
    const { sink, app, list, mail } = await start({
      features: features(),
      suppression: { maxSoftBounces: 1 },
    });
    sink.faults = { rcpt: byAddress({ [ADA]: reply('452 4.2.2 Mailbox full') }) };
    await mail.queue({ ...draft([ADA, BOB]), expiresIn: 500 });
    await expect.poll(() => list.find(ADA), SOON).toMatchObject([{ reason: 'soft-bounces', scope: 'all' }]);
    expect(app.told).toContain(`${ADA} failed`);
    expect(await list.find(BOB)).toEqual([]);
  });
});

describe.each(Object.entries(STORAGES))('what others tell, with the storage in %s', (_name, features) => {
  it('is published once, and a late bounce suppresses; what fits no mail suppresses nobody', async () => {
    const { sink, app, list, mail } = await start({ features: features() });
    const { mailId, messageId } = await mail.queue(draft([ADA, BOB]));
    await sink.waitForMessages(1);
    await expect.poll(() => app.told.length, SOON).toBe(2);
    const occurredAt = new Date();
    const bounce = { type: 'bounced', recipient: ADA, reason: '550 5.1.1 No such user', occurredAt } as const;
    expect(await mail.ingest({ ...bounce, mailId: 'not-ours' })).toMatchObject({ matched: false });
    expect(await mail.ingest({ ...bounce, mailId, recipient: 'eve@example.test' })).toMatchObject({
      matched: false,
    });
    expect(await mail.ingest({ ...bounce, mailId })).toMatchObject({
      matched: true,
      duplicate: false,
      mailId,
    });
    expect(await mail.ingest({ ...bounce, mailId })).toMatchObject({ matched: true, duplicate: true });
    const complaint = { type: 'complained', recipient: BOB, occurredAt, feedback: 'abuse' } as const;
    expect(await mail.ingest({ ...complaint, messageId })).toMatchObject({ matched: true, mailId });
    await expect
      .poll(() => list.find(BOB), SOON)
      .toMatchObject([{ reason: 'complaint', scope: 'marketing' }]);
    await expect.poll(() => list.find(ADA), SOON).toMatchObject([{ reason: 'hard-bounce', scope: 'all' }]);
    expect((await list.list()).entries).toHaveLength(2);
    expect(app.told.slice(2)).toEqual([`${ADA} bounced`, `${BOB} complained`]);
    const { recipients } = await mail.queue(draft([ADA, BOB]));
    expect(Object.fromEntries(recipients.map(({ address, state }) => [address, state]))).toEqual({
      [ADA]: 'suppressed',
      [BOB]: 'queued',
    });
  });
});

describe('a suppressed address', () => {
  it('is known to queue(), which says why', async () => {
    const { list, mail, app } = await start();
    await list.add({ address: ADA, reason: 'hard-bounce' });
    const { recipients } = await mail.queue(draft(ADA));
    expect(recipients).toEqual([
      { address: ADA, state: 'suppressed', reason: 'on the suppression list: hard-bounce, for all' },
    ]);
    await expect.poll(() => app.told).toEqual([`${ADA} suppressed`]);
  });

  it('stays unknown when our own password is wrong, or a 5yz says nothing of the address', async () => {
    const { sink, list, mail, app } = await start();
    const refusals = ['550 Requested action not taken', '550 5.7.1 Listed on a blocklist', '535 5.7.8 No'];
    for (const [i, refusal] of refusals.entries()) {
      sink.faults = { rcpt: reply(refusal) };
      await mail.send(draft(ADA), { timeoutMs: 5000 });
      // Whoever fills the list has heard of it by then.
      await expect.poll(() => app.told.length, SOON).toBeGreaterThan(i);
    }
    await list.add({ address: BOB });
    expect((await list.list()).entries).toMatchObject([{ address: BOB }]);
  });
});

describe('the option suppression', () => {
  it('switches the list off', async () => {
    const { list, mail } = await start({ suppression: false });
    await list.add({ address: ADA });
    expect((await mail.send(draft(ADA))).ok).toBe(true);
  });

  it('leaves the list to the application', async () => {
    const { sink, list, mail, app } = await start({ suppression: { automatic: false } });
    sink.faults = { rcpt: reply('550 5.1.1 No such user') };
    await mail.send(draft(ADA));
    await expect.poll(() => app.told, SOON).toEqual([`${ADA} bounced`]);
    expect((await mail.queue(draft(ADA))).recipients).toMatchObject([{ state: 'queued' }]);
    await list.add({ address: ADA });
    expect((await mail.queue(draft(ADA))).recipients).toMatchObject([{ state: 'suppressed' }]);
  });

  it('refuses a key that is too short, without showing it', async () => {
    const refused = start({ suppression: { hashKey: 'short-secret' } });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_OPTIONS',
      message: expect.not.stringContaining('short-secret'),
    });
    await expect(start({ suppression: { hashKey: 'short-secret' } })).rejects.toThrow('suppression.hashKey');
  });
});

it('each relay has a list of its own, found by its name', async () => {
  const relay = (name?: string) =>
    MailRelayModule.forRoot({
      ...(name && { name }),
      from: 'a@acme.test',
      transport: 'memory:',
      delivery: 'live',
      storage: 'memory',
    });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [relay(), relay('other')] },
    { logger: ['error'], abortOnError: false },
  );
  closing.push(() => app.close());
  const [one, other] = [undefined, 'other'].map((name) => ({
    mail: app.get<MailService>(getMailServiceToken(name)),
    list: app.get<SuppressionList>(getSuppressionListToken(name)),
  }));
  await other?.list.add({ address: ADA });
  expect((await one?.mail.queue(draft(ADA)))?.recipients).toMatchObject([{ state: 'queued' }]);
  expect((await other?.mail.queue(draft(ADA)))?.recipients).toMatchObject([{ state: 'suppressed' }]);
});
