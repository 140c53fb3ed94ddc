import assert from 'node:assert/strict';
import type { EventLog } from '../events/log/event-log.js';
import type { Spool } from '../spool/spool.js';
import type { ContractRunner } from './contract-runner.js';
import { readerClauses } from './event-log-contract-readers.js';
import { stepClauses } from './event-log-contract-steps.js';
import { positions, readAll, sampleEvents, type LogClause } from './event-log-clause.js';
import { TestClock } from './test-clock.js';

/** An event log under test, with the spool whose steps write to it. @publicApi */
export interface OpenEventLog {
  readonly log: EventLog;
  /** Absent for a log that no spool writes to. */
  readonly spool?: Spool | undefined;
  readonly close: () => Promise<void>;
}

/** What the suite asks of an adapter's author. @publicApi */
export interface EventLogContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty log that lives by this clock, with the default retention. */
  readonly open: (clock: TestClock) => Promise<OpenEventLog>;
  /** Opens the store of the log that was opened last, after that one was closed. */
  readonly reopen?: ((clock: TestClock) => Promise<OpenEventLog>) | undefined;
}

/**
 * What every event log must do. Runs in any test runner that has `describe` and `it`.
 *
 * @publicApi
 */
export function describeEventLogContract({
  describe,
  it,
  name,
  open,
  reopen,
}: EventLogContractOptions): void {
  const clause: LogClause = (title, run) => {
    it(title, async () => {
      const clock = new TestClock();
      const opened = await open(clock);
      try {
        await run({ ...opened, clock });
      } finally {
        await opened.close();
      }
    });
  };

  describe(`event log contract: ${name}`, () => {
    readingClauses(clause);
    readerClauses(clause);
    stepClauses((title, run) =>
      clause(title, async (subject) => {
        if (subject.spool) await run({ ...subject, spool: subject.spool });
      }),
    );
    if (reopen) reopeningClause({ it, open, reopen });
  });
}

function readingClauses(clause: LogClause): void {
  clause('gives back what was stored, whole and in this order', async ({ log }) => {
    const [one, two, three] = sampleEvents(3);
    await log.append([one, two]);
    await log.append([three]);
    assert.deepEqual(plain(await readAll(log)), plain([one, two, three]));
  });

  clause('gives every event a place of its own, each after the one before', async ({ log }) => {
    await log.append(sampleEvents(12));
    await log.append(sampleEvents(3));
    const found = await positions(log);
    assert.equal(new Set(found).size, 15);
    assert.deepEqual(found, found.toSorted());
  });

  clause('is read page by page, nothing twice and nothing left out', async ({ log }) => {
    const events = sampleEvents(1200);
    await log.append(events);
    const found: string[] = [];
    let after = '';
    for (;;) {
      const page = await log.read({ after, limit: 7 });
      if (page.events.length === 0) break;
      assert.ok(page.events.length <= 7, 'a page is not longer than it was asked for');
      assert.ok(page.position > after, 'a page leads on');
      found.push(...page.events.map(({ event }) => event.id));
      after = page.position;
    }
    assert.deepEqual(
      found,
      events.map(({ id }) => id),
    );
  });

  clause('goes on after the events that were not asked for', async ({ log }) => {
    const events = sampleEvents(30);
    await log.append(events);
    const wanted = events.filter((event) => event.type === 'sent').map(({ id }) => id);
    const found: string[] = [];
    let after = '';
    for (let pages = 0; pages < 40; pages++) {
      const page = await log.read({ after, limit: 2, types: ['sent'] });
      found.push(...page.events.map(({ event }) => event.id));
      if (page.position === after) break;
      after = page.position;
    }
    assert.deepEqual(found, wanted);
    assert.deepEqual((await log.read({ after, limit: 2 })).events, [], 'nothing follows the end');
  });

  clause('says where it ends, and what comes later comes after it', async ({ log }) => {
    await log.append(sampleEvents(3));
    const end = await log.end();
    assert.deepEqual((await log.read({ after: end, limit: 10 })).events, []);
    const [later] = sampleEvents(1);
    await log.append([later]);
    const { events } = await log.read({ after: end, limit: 10 });
    assert.deepEqual(
      events.map(({ event }) => event.id),
      [later.id],
    );
  });

  clause('has an end when it is empty', async ({ log }) => {
    const end = await log.end();
    const [first] = sampleEvents(1);
    await log.append([first]);
    assert.equal((await log.read({ after: end, limit: 1 })).events.length, 1);
  });

  clause('stores an event once whose id was just stored', async ({ log }) => {
    const [one, two] = sampleEvents(2);
    await log.append([one]);
    await log.append([one, two]);
    assert.deepEqual(
      (await readAll(log)).map(({ id }) => id),
      [one.id, two.id],
    );
  });

  clause('gives the events at some positions, and nothing for others', async ({ log }) => {
    const events = sampleEvents(5);
    await log.append(events);
    const all = await positions(log);
    const found = await log.get([all[3] ?? '', all[1] ?? '', 'nowhere']);
    assert.deepEqual(
      found.map(({ event }) => event.id).toSorted(),
      [events[1], events[3]].map((e) => e?.id ?? '').toSorted(),
    );
    assert.deepEqual(await log.get([]), []);
  });

  clause('tells whoever watches that something was stored, until he ends it', async ({ log }) => {
    let told = 0;
    const heard = new Promise<void>((resolve) => {
      const end = log.watch(() => {
        told++;
        end();
        resolve();
      });
    });
    // A watch over a network takes its time to begin, and its calls may be lost: whoever watches asks as well.
    const again = setInterval(() => void log.append(sampleEvents(1)), 50);
    try {
      await log.append(sampleEvents(1));
      await heard;
    } finally {
      clearInterval(again);
    }
    await log.append(sampleEvents(1));
    assert.equal(told, 1);
  });
}

function reopeningClause({
  it,
  open,
  reopen,
}: Pick<EventLogContractOptions, 'it' | 'open'> & Required<Pick<EventLogContractOptions, 'reopen'>>): void {
  it('keeps events and the progress of readers over a restart', async () => {
    const clock = new TestClock();
    const before = await open(clock);
    const events = sampleEvents(4);
    const held = await before.log.hold('reader', 'one', 1000);
    await before.log.append(events);
    const { events: logged } = await before.log.read({ after: '', limit: 2 });
    const progress = {
      position: logged[1]?.position ?? '',
      waiting: [{ position: logged[0]?.position ?? '', tries: 2, dueAt: 17 }],
    };
    assert.equal(await held?.save(progress, 1000), true);
    await before.close();

    await clock.advance(1001);
    const after = await reopen?.(clock);
    assert.ok(after, 'the store can be opened again');
    try {
      assert.deepEqual((await after.log.hold('reader', 'two', 1000))?.progress, progress);
      assert.deepEqual(plain(await readAll(after.log)), plain(events));
    } finally {
      await after.close();
    }
  });
}

/** Without what is there and undefined. */
function plain(events: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(events));
}
