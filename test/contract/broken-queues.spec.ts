import { describe, expect, it } from 'vitest';
import { InlineQueue } from '../../src/queue/inline/inline-queue.js';
import { describeQueueContract } from '../../src/testing/queue-contract.js';

/** An inline queue that is spoilt in one way. */
function spoilt(spoil: (queue: InlineQueue) => void): () => InlineQueue {
  return () => {
    const queue = new InlineQueue();
    spoil(queue);
    return queue;
  };
}

/** What `queue` did before it was spoilt. */
function original(queue: InlineQueue) {
  return {
    ring: queue.ring.bind(queue),
    consume: queue.consume.bind(queue),
    stop: queue.stop.bind(queue),
    counts: queue.counts.bind(queue),
    close: queue.close.bind(queue),
  };
}

/** Each of these is wrong in one way; the suite has to notice. */
const BROKEN: Readonly<Record<string, () => InlineQueue>> = {
  'mixes up lanes': spoilt((queue) => {
    const { ring } = original(queue);
    queue.ring = (_lane, ids) => ring('transactional', ids);
  }),
  'forgets what was rung before it is consumed': spoilt((queue) => {
    const { ring, consume } = original(queue);
    let consumed = false;
    queue.ring = (lane, ids) => consumed && ring(lane, ids);
    queue.consume = (lanes, handler) => {
      consumed = true;
      consume(lanes, handler);
    };
  }),
  'loses rings': spoilt((queue) => {
    const { ring } = original(queue);
    queue.ring = (lane, ids) =>
      ring(
        lane,
        ids.filter((_, i) => i % 100 !== 99),
      );
  }),
  'rings twice for a mail that waits': spoilt((queue) => {
    const { consume } = original(queue);
    queue.consume = (lanes, handler) =>
      consume(lanes, async (id, lane) => {
        await handler(id, lane);
        if (id === 'b') await handler(id, lane);
      });
  }),
  'rings once in a life': spoilt((queue) => {
    const { ring } = original(queue);
    const known = new Set<string>();
    queue.ring = (lane, ids) => {
      ring(
        lane,
        ids.filter((id) => !known.has(id)),
      );
      for (const id of ids) known.add(id);
    };
  }),
  'knows no bound of concurrency': spoilt((queue) => {
    const { consume } = original(queue);
    queue.consume = (lanes, handler) =>
      consume(
        lanes.map((one) => ({ ...one, concurrency: 50 })),
        handler,
      );
  }),
  'lets lanes share their workers': spoilt((queue) => {
    const { consume } = original(queue);
    let last: Promise<void> = Promise.resolve();
    queue.consume = (lanes, handler) =>
      consume(lanes, (id, lane) => (last = last.then(() => handler(id, lane))));
  }),
  'serves lanes it was not asked to': spoilt((queue) => {
    const { consume } = original(queue);
    queue.consume = (_lanes, handler) =>
      consume(
        ['transactional', 'marketing'].map((lane) => ({ lane, concurrency: 3 })),
        handler,
      );
  }),
  'counts nothing': spoilt((queue) => {
    queue.counts = async () => ({});
  }),
  'stops without waiting': spoilt((queue) => {
    const { stop } = original(queue);
    queue.stop = async () => void stop();
  }),
  'does not stop': spoilt((queue) => {
    queue.stop = () => queue.settled();
  }),
  'cannot ring for nobody': spoilt((queue) => {
    const { ring } = original(queue);
    queue.ring = (lane, ids) => {
      if (ids.length === 0) throw new Error('nobody');
      ring(lane, ids);
    };
  }),
  'cannot be closed twice': spoilt((queue) => {
    const { close } = original(queue);
    let closed = false;
    queue.close = async () => {
      if (closed) throw new Error('closed');
      closed = true;
      await close();
    };
  }),
};

interface Result {
  readonly all: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the suite on a queue, every clause at once: one that waits for a ring that is lost waits for long. */
async function runContract(open: () => InlineQueue): Promise<Result> {
  const clauses: (readonly [string, () => Promise<void>])[] = [];
  describeQueueContract({
    describe: (_title, body) => body(),
    it: (title, body) => void clauses.push([title, body]),
    name: 'broken',
    open: async () => open(),
    patienceMs: 500,
  });
  const results = await Promise.all(
    clauses.map(async ([title, run]) =>
      run().then(
        () => [],
        () => [title],
      ),
    ),
  );
  return { all: clauses.map(([title]) => title), failed: results.flat() };
}

describe('the queue contract', () => {
  const results = new Map<string, Promise<Result>>();
  const resultOf = (fault: string, open: () => InlineQueue) => {
    const known = results.get(fault) ?? runContract(open);
    results.set(fault, known);
    return known;
  };

  for (const [fault, open] of Object.entries(BROKEN)) {
    it(`notices a queue that ${fault}`, async () => {
      expect((await resultOf(fault, open)).failed).not.toEqual([]);
    });
  }

  it('has a broken queue for every clause', async () => {
    const runs = await Promise.all(Object.entries(BROKEN).map(([fault, open]) => resultOf(fault, open)));
    const noticed = new Set(runs.flatMap(({ failed }) => failed));
    expect(runs[0]?.all.filter((title) => !noticed.has(title))).toEqual([]);
  });
});
