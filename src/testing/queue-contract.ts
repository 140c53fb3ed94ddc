import assert from 'node:assert/strict';
import type { LaneConsumer, MailQueue } from '../queue/mail-queue.js';
import type { ContractRunner } from './contract-runner.js';
import { RecordedHandler } from './recorded-handler.js';

/** What the suite asks of an adapter's author. @publicApi */
export interface QueueContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty queue with these lanes. */
  readonly open: (lanes: readonly string[]) => Promise<MailQueue>;
  /** How long a clause waits for the queue, milliseconds. @default 10000 */
  readonly patienceMs?: number | undefined;
}

/** Slow machines pass, queues that lose rings fail. */
const PATIENCE_MS = 10_000;
const LANES = ['transactional', 'marketing'];

interface Subject {
  readonly queue: MailQueue;
  readonly work: RecordedHandler;
  /** Lets the handler have the rings of both lanes. */
  readonly consume: (concurrency: number) => Promise<void>;
}

/**
 * What every queue must do. Runs in any test runner that has `describe` and `it`, on real time.
 *
 * @publicApi
 */
export function describeQueueContract(options: QueueContractOptions): void {
  const { describe, it, name, open, patienceMs = PATIENCE_MS } = options;
  const clause = (title: string, run: (subject: Subject) => Promise<void>): void => {
    it(title, async () => {
      const queue = await open(LANES);
      const work = new RecordedHandler(patienceMs);
      const consume = async (concurrency: number): Promise<void> =>
        queue.consume(
          LANES.map((lane): LaneConsumer => ({ lane, concurrency })),
          work.handle,
        );
      try {
        await run({ queue, work, consume });
      } finally {
        work.finishAll();
        await queue.close();
      }
    });
  };

  describe(`queue contract: ${name}`, () => {
    clause('hands a ring to the handler, with its lane', async ({ queue, work, consume }) => {
      await consume(1);
      await queue.ring('marketing', ['a']);
      await work.begun('a');
      assert.deepEqual(work.rings, [{ id: 'a', lane: 'marketing' }]);
    });

    clause('hands over what was rung before anybody listened', async ({ queue, work, consume }) => {
      await queue.ring('transactional', ['a', 'b']);
      await consume(2);
      await work.begun('a', 'b');
    });

    clause('hands over every ring of many', async ({ queue, work, consume }) => {
      const ids = Array.from({ length: 500 }, (_, i) => `m${i}`);
      work.finishAll();
      await consume(20);
      await queue.ring('transactional', ids.slice(0, 250));
      await queue.ring('transactional', ids.slice(250));
      await work.begun(...ids);
      assert.equal(work.rings.length, ids.length);
    });

    clause('rings once for a mail that waits already', async ({ queue, work, consume }) => {
      await queue.ring('transactional', ['a', 'b']);
      await queue.ring('transactional', ['b', 'a']);
      await consume(1);
      await work.begun('a');
      work.finishAll();
      await queue.ring('transactional', ['last']);
      await work.begun('last');
      assert.deepEqual(work.rings.map(({ id }) => id).toSorted(), ['a', 'b', 'last']);
    });

    clause('rings again for a mail that was worked on before', async ({ queue, work, consume }) => {
      work.finishAll();
      await consume(1);
      await queue.ring('transactional', ['a']);
      await work.ended('a');
      // A queue may need a moment to forget the first ring; the schedule keeper, too, rings until somebody comes.
      for (let i = 0; i < 100 && work.rings.length < 2; i++) {
        await queue.ring('transactional', ['a']);
        await work.began(2, 100);
      }
      assert.equal(work.rings[1]?.id, 'a');
    });

    clause('works on no more at a time than the concurrency of a lane', async ({ queue, work, consume }) => {
      await consume(3);
      await queue.ring('transactional', ['a', 'b', 'c', 'd', 'e', 'f']);
      await work.running(3);
      work.finishAll();
      await work.begun('a', 'b', 'c', 'd', 'e', 'f');
      assert.equal(work.most, 3);
    });

    clause('lets no lane wait for another', async ({ queue, work, consume }) => {
      await consume(1);
      await queue.ring('marketing', ['m1', 'm2', 'm3']);
      await work.begun('m1');
      await queue.ring('transactional', ['t1']);
      await work.begun('t1');
    });

    clause('hands over no ring of a lane it is not to serve', async ({ queue, work }) => {
      await queue.consume([{ lane: 'transactional', concurrency: 1 }], work.handle);
      await queue.ring('marketing', ['m1']);
      await queue.ring('transactional', ['t1']);
      await work.begun('t1');
      assert.deepEqual(work.rings, [{ id: 't1', lane: 'transactional' }]);
      assert.equal((await queue.counts())['marketing']?.waiting, 1);
    });

    clause('counts what waits and what is worked on', async ({ queue, work, consume }) => {
      await queue.ring('transactional', ['a', 'b', 'c']);
      assert.deepEqual((await queue.counts())['transactional'], { waiting: 3, active: 0 });
      await consume(2);
      await work.running(2);
      assert.deepEqual((await queue.counts())['transactional'], { waiting: 1, active: 2 });
      work.finishAll();
      await work.ended('a', 'b', 'c');
      await queue.settled();
    });

    clause('takes nothing more once it stops, and waits for what runs', async ({ queue, work, consume }) => {
      await consume(1);
      await queue.ring('transactional', ['a', 'b']);
      await work.begun('a');
      let stopped = false;
      const stop = queue.stop().then(() => (stopped = true));
      await new Promise(setImmediate);
      assert.equal(stopped, false);
      work.finish('a');
      await work.until(() => stopped, 'the queue to stop');
      await stop;
      assert.deepEqual(
        work.rings.map(({ id }) => id),
        ['a'],
      );
    });

    clause('rings for nobody without harm', async ({ queue }) => {
      await queue.ring('transactional', []);
    });

    clause('can be closed without having been used, and twice', async ({ queue }) => {
      await queue.close();
    });
  });
}
