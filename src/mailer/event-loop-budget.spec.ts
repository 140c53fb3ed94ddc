import { describe, expect, it } from 'vitest';
import { EventLoopBudget } from './event-loop-budget.js';

describe('EventLoopBudget', () => {
  it('lets work go on at once while the turn is young', () => {
    const budget = new EventLoopBudget(() => 0);
    expect(budget.take()).toBeUndefined();
    expect(budget.take()).toBeUndefined();
  });

  it('lets few begin in one turn, because what they do runs later', async () => {
    const budget = new EventLoopBudget(() => 0);
    const taken = Array.from({ length: 10 }, () => budget.take());
    expect(taken.filter((one) => one === undefined)).toHaveLength(4);
    await taken.at(-1);
  });

  it('makes work wait for a later turn when the turn has lasted too long', async () => {
    let now = 0;
    const budget = new EventLoopBudget(() => now);
    expect(budget.take()).toBeUndefined();
    now = 6;
    const later = budget.take();
    expect(later).toBeInstanceOf(Promise);
    await later;
  });

  it('starts waiting work in order, one per turn, before newer work', async () => {
    let now = 0;
    const budget = new EventLoopBudget(() => now);
    const order: number[] = [];
    void budget.take();
    now = 6;
    const waiting = [1, 2, 3].map((n) => budget.take()?.then(() => order.push(n)));
    await waiting[0];
    expect(order).toEqual([1]);
    const newer = budget.take()?.then(() => order.push(4));
    await Promise.all([...waiting, newer]);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('keeps the order under steady load, when somebody always waits', async () => {
    const budget = new EventLoopBudget(() => 0);
    const order: number[] = [];
    const takers = Array.from({ length: 10 }, async (_, taker) => {
      for (let i = taker; i < 6_000; i += 10) {
        await budget.take();
        order.push(i);
      }
    });
    await Promise.all(takers);
    expect(order).toHaveLength(6_000);
    expect(order.slice(-1_000)).toEqual(Array.from({ length: 1_000 }, (_, i) => 5_000 + i));
  });

  it('is at rest again when nothing waits', async () => {
    let now = 0;
    const budget = new EventLoopBudget(() => now);
    void budget.take();
    now = 6;
    await budget.take();
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    expect(budget.take()).toBeUndefined();
  });
});
