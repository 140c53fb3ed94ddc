import { beforeEach, describe, expect, it } from 'vitest';
import type { Mail } from '../../src/core/mail/mail.js';
import type { Claim, Spool } from '../../src/spool/spool.js';
import { sampleEntry, sampleMail } from '../../src/testing/sample-mail.js';
import { SpoolInRedis } from '../support/redis-spool.js';

const MESSAGE = Buffer.from('Hello, here is what you asked for.\r\n'.repeat(200));
const LEASE = { owner: 'test', leaseMs: 60_000 };
const stored = new SpoolInRedis();
let spool: Spool;
let mail: Mail;
beforeEach(() => {
  ({ spool } = stored);
  const now = stored.clock.now();
  mail = sampleMail({ id: 'a'.repeat(26), createdAt: now, dueAt: now, sizeBytes: MESSAGE.length });
});

const entry = () => sampleEntry(mail, { message: MESSAGE });

/** Octets of it in Redis; 0 when it is gone. */
function kept(): Promise<number> {
  return stored.client.strlen(`${stored.base}b:${mail.id}`);
}

async function claimedAtOnce(): Promise<Claim> {
  const receipt = await spool.add(entry(), LEASE);
  if (receipt.deduplicated || !receipt.claim) throw new Error('it was not claimed');
  return receipt.claim;
}

async function defer(claim: Claim): Promise<void> {
  const recipients = claim.recipients.map((one) => ({
    ...one,
    state: 'deferred' as const,
    dueAt: stored.clock.now(),
  }));
  await spool.settle(claim, { recipients, countAttempt: true });
}

describe('a message in Redis', () => {
  it('is packed when it waits for a worker', async () => {
    await spool.add(entry());
    expect(await kept()).toBeLessThan(MESSAGE.length / 4);
  });

  it('is kept as it is while it is sent at once, and gone then', async () => {
    const claim = await claimedAtOnce();
    expect(await kept()).toBe(MESSAGE.length + 1);
    const recipients = claim.recipients.map(({ address }) => ({ address, state: 'sent' as const }));
    await spool.settle(claim, { recipients, countAttempt: true });
    expect(await kept()).toBe(0);
  });

  it('is packed when it has to wait after all', async () => {
    await defer(await claimedAtOnce());
    expect(await kept()).toBeLessThan(MESSAGE.length / 4);
    const claim = await spool.claim(mail.id, LEASE);
    expect(await claim?.message()).toEqual(MESSAGE);
  });

  it('is packed by another worker when the first one died', async () => {
    await spool.add(entry(), { owner: 'test', leaseMs: 1 });
    await expect.poll(() => spool.due(1)).toHaveLength(1);
    const claim = await spool.claim(mail.id, LEASE);
    if (!claim) throw new Error('it could not be claimed');
    expect(await claim.message()).toEqual(MESSAGE);
    await defer(claim);
    expect(await kept()).toBeLessThan(MESSAGE.length / 4);
  });

  it('is packed when it could not be claimed at once', async () => {
    await spool.control.pause({ lane: mail.lane });
    const receipt = await spool.add(entry(), LEASE);
    expect(receipt).not.toHaveProperty('claim');
    expect(await kept()).toBeLessThan(MESSAGE.length / 4);
  });
});
