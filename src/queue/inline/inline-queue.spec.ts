import { describe, expect, it } from 'vitest';
import { InlineQueue } from './inline-queue.js';

/** A handler whose calls end when the test says so. */
function controlled() {
  const running = new Map<string, () => void>();
  const order: string[] = [];
  let most = 0;
  return {
    running,
    order,
    most: () => most,
    handler: (id: string) =>
      new Promise<void>((resolve) => {
        order.push(id);
        running.set(id, () => {
          running.delete(id);
          resolve();
        });
        most = Math.max(most, running.size);
      }),
    async finish(id: string) {
      running.get(id)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('InlineQueue', () => {
  it('hands out rings in their order', async () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume([{ lane: 'a', concurrency: 1 }], work.handler);
    queue.ring('a', ['1', '2', '3']);
    for (const id of ['1', '2', '3']) await work.finish(id);
    expect(work.order).toEqual(['1', '2', '3']);
  });

  it('works on no more than the concurrency of a lane at a time', async () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume([{ lane: 'a', concurrency: 3 }], work.handler);
    queue.ring(
      'a',
      Array.from({ length: 50 }, (_, i) => `${i}`),
    );
    for (let i = 0; i < 50; i++) await work.finish(`${i}`);
    expect(work.most()).toBe(3);
    expect(work.order).toHaveLength(50);
  });

  it('rings once for an id that already waits, and again for one that is worked on', async () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume([{ lane: 'a', concurrency: 1 }], work.handler);
    queue.ring('a', ['1', '2']);
    queue.ring('a', ['1', '2', '2']);
    expect(await queue.counts()).toEqual({ a: { waiting: 2, active: 1 } });
  });

  it('does not let one lane wait for another', () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume(
      [
        { lane: 'transactional', concurrency: 1 },
        { lane: 'marketing', concurrency: 1 },
      ],
      work.handler,
    );
    queue.ring('marketing', ['m1', 'm2', 'm3']);
    queue.ring('transactional', ['t1']);
    expect(work.order).toEqual(['m1', 't1']);
  });

  it('keeps rings that come before it is consumed', () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.ring('a', ['1']);
    queue.consume([{ lane: 'a', concurrency: 1 }], work.handler);
    expect(work.order).toEqual(['1']);
  });

  it('takes nothing more after stop, and resolves when what runs has ended', async () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume([{ lane: 'a', concurrency: 1 }], work.handler);
    queue.ring('a', ['1', '2']);
    let stopped = false;
    const stop = queue.stop().then(() => (stopped = true));
    await new Promise(setImmediate);
    expect(stopped).toBe(false);
    await work.finish('1');
    await stop;
    queue.ring('a', ['3']);
    expect(work.order).toEqual(['1']);
  });

  it('is settled when nothing waits and nothing runs', async () => {
    const queue = new InlineQueue();
    const work = controlled();
    queue.consume([{ lane: 'a', concurrency: 1 }], work.handler);
    queue.ring('a', ['1', '2']);
    let settled = false;
    const all = queue.settled().then(() => (settled = true));
    await work.finish('1');
    expect(settled).toBe(false);
    await work.finish('2');
    await all;
  });

  it('takes 100 000 waiting rings in time that grows with their number only', async () => {
    const queue = new InlineQueue();
    let handled = 0;
    queue.ring(
      'a',
      Array.from({ length: 100_000 }, (_, i) => `${i}`),
    );
    queue.consume([{ lane: 'a', concurrency: 100 }], async () => void handled++);
    await queue.settled();
    expect(handled).toBe(100_000);
  });
});
