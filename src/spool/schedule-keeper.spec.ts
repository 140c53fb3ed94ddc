import { describe, expect, it } from 'vitest';
import { sampleEntry, sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { MemorySpool } from './memory/memory-spool.js';
import { ScheduleKeeper } from './schedule-keeper.js';

function keeperOf() {
  const clock = new TestClock();
  const spool = new MemorySpool(clock);
  const rung: string[] = [];
  const errors: unknown[] = [];
  const keeper = new ScheduleKeeper({
    spool,
    clock,
    ring: (lane, ids) => void rung.push(...ids.map((id) => `${lane} ${id}`)),
    onError: (error) => errors.push(error),
  });
  const add = (id: string, dueAt: number, lane = 'transactional') =>
    spool.add(sampleEntry(sampleMail({ id, dueAt, lane })));
  return { clock, spool, rung, errors, keeper, add };
}

describe('ScheduleKeeper', () => {
  it('rings a mail in its lane when it becomes due', async () => {
    const { clock, rung, keeper, add } = keeperOf();
    await add('a', clock.now() + 5000, 'marketing');
    keeper.start();
    await clock.advance(4999);
    expect(rung).toEqual([]);
    await clock.advance(1);
    expect(rung).toEqual(['marketing a']);
  });

  it('rings in time for what it is told to expect', async () => {
    const { clock, rung, keeper, add } = keeperOf();
    keeper.start();
    await clock.advance(0);
    await add('a', clock.now() + 10);
    keeper.expect(clock.now() + 10);
    await clock.advance(10);
    expect(rung).toEqual(['transactional a']);
  });

  it('rings again what nobody claimed', async () => {
    const { clock, rung, keeper, add } = keeperOf();
    await add('a', clock.now() + 1);
    keeper.start();
    await clock.advance(1);
    await clock.advance(60_000);
    expect(rung.length).toBeGreaterThan(1);
  });

  it('finds a claim that expired', async () => {
    const { clock, rung, keeper, spool, add } = keeperOf();
    await add('a', clock.now());
    await spool.claim('a', { owner: 'dead', leaseMs: 60_000 });
    keeper.start();
    await clock.advance(59_000);
    expect(rung).toEqual([]);
    await clock.advance(2000);
    expect(rung).toEqual(['transactional a']);
  });

  it('rings more mails than fit into one look', async () => {
    const { clock, rung, keeper, add } = keeperOf();
    for (let i = 0; i < 2500; i++) await add(`m${i}`, clock.now() + 1);
    keeper.start();
    await clock.advance(1);
    expect(new Set(rung).size).toBe(2500);
  });

  it('goes on after the spool failed', async () => {
    const { clock, rung, keeper, spool, errors, add } = keeperOf();
    await add('a', clock.now() + 1500);
    const due = spool.due.bind(spool);
    let calls = 0;
    spool.due = async (limit) => {
      if (++calls < 3) throw new Error('away');
      return due(limit);
    };
    keeper.start();
    await clock.advance(10_000);
    expect(errors).toHaveLength(2);
    expect(rung).toEqual(['transactional a']);
  });

  it('lets the spool forget what is old, now and then', async () => {
    const { clock, keeper, spool, add } = keeperOf();
    await add('a', clock.now());
    const claim = await spool.claim('a', { owner: 'test', leaseMs: 60_000 });
    if (claim) {
      const recipients = [{ address: 'ada@example.test', state: 'sent' as const }];
      await spool.settle(claim, { recipients, countAttempt: true });
    }
    await clock.advance(8 * 86_400_000);
    keeper.start();
    await clock.advance(59_000);
    expect(await spool.get('a')).toBeUndefined();
  });

  it('purges one batch in each look until nothing old is left, then waits', async () => {
    const { clock, keeper, spool } = keeperOf();
    const asked: number[] = [];
    spool.control.purge = async (limit) => {
      asked.push(clock.now());
      return asked.length <= 2 ? limit : 0;
    };
    keeper.start();
    await clock.advance(62_000);
    expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 1000, 2000]);
  });

  it('is silent after stop', async () => {
    const { clock, rung, keeper, add } = keeperOf();
    await add('a', clock.now() + 10);
    keeper.start();
    await keeper.stop();
    keeper.expect(clock.now() + 10);
    await clock.advance(60_000);
    expect(rung).toEqual([]);
  });
});
