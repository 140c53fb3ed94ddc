import { describe, expect, it } from 'vitest';
import { sampleEntry, sampleMail } from '../../testing/sample-mail.js';
import { TestClock } from '../../testing/test-clock.js';
import type { MemorySpoolLimits } from './memory-spool-limits.js';
import { MemorySpool } from './memory-spool.js';

const LEASE = { owner: 'test', leaseMs: 60_000 };

function spoolOf(limits: MemorySpoolLimits) {
  const spool = new MemorySpool(new TestClock(), limits);
  return {
    spool,
    add: (id: string, key?: string) =>
      spool.add(
        sampleEntry(sampleMail({ id }), {
          idempotency: key === undefined ? undefined : { key, fingerprint: 'f' },
        }),
      ),
    async finish(id: string) {
      const claim = await spool.claim(id, LEASE);
      if (claim) {
        const recipients = claim.recipients.map(({ address }) => ({ address, state: 'sent' as const }));
        await spool.settle(claim, { recipients, countAttempt: true });
      }
    },
  };
}

describe('MemorySpool', () => {
  it.each([
    ['mails', { maxMails: 2 }],
    ['octets', { maxBytes: 10 }],
  ])(
    'refuses what goes over its bound of %s, stores nothing of it, and takes more when there is room',
    async (_, limits) => {
      const { spool, add, finish } = spoolOf(limits);
      await add('a');
      await add('b');
      await expect(add('c')).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_SPOOL_FULL' });
      expect(await spool.get('c')).toBeUndefined();
      expect(await spool.counts()).toMatchObject({ pending: 2, bytes: 10 });
      await finish('a');
      await add('c');
      expect(await spool.counts()).toMatchObject({ pending: 2, bytes: 10 });
    },
  );

  it('forgets the mail that finished first, and its key, beyond its bound of finished ones', async () => {
    const { spool, add, finish } = spoolOf({ maxFinished: 1 });
    await add('a', 'key');
    await finish('a');
    expect((await add('again', 'key')).deduplicated).toBe(true);
    await add('b');
    await finish('b');
    expect(await spool.get('a')).toBeUndefined();
    expect(await spool.get('b')).toBeDefined();
    expect((await add('again', 'key')).deduplicated).toBe(false);
  });

  it('keeps its schedule through many retries of few mails', async () => {
    const clock = new TestClock();
    const spool = new MemorySpool(clock);
    await spool.add(sampleEntry(sampleMail({ id: 'a', dueAt: clock.now() })));
    for (let i = 0; i < 3000; i++) {
      const claim = await spool.claim('a', LEASE);
      const dueAt = clock.now() + (i === 2999 ? 5000 : 0);
      const recipients = [{ address: 'ada@example.test', state: 'deferred' as const, dueAt }];
      if (claim) await spool.settle(claim, { recipients, countAttempt: true });
    }
    await clock.advance(4999);
    expect(await spool.due(10)).toEqual([]);
    await clock.advance(1);
    expect(await spool.due(10)).toEqual([{ id: 'a', lane: 'transactional' }]);
  });
});
