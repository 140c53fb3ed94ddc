import { afterEach, describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../testing/memory-event-log.js';
import { sampleMail } from '../../testing/sample-mail.js';
import { TestClock } from '../../testing/test-clock.js';
import { mailEventBase } from '../mail-event-base.js';
import type { MailEventListener } from '../mail-event-listener.js';
import type { RelayEvent } from '../relay-event.js';
import type { HeldReader } from './event-log.js';
import { LogDispatcher } from './log-dispatcher.js';

const HOUR_MS = 3_600_000;
const clock = new TestClock();
const open: LogDispatcher[] = [];
let serial = 0;
let random = () => 0;
let warnings: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop(10)));
  warnings = [];
});

function sent(mailId = `m${++serial}`, attempt = 1): RelayEvent {
  return {
    ...mailEventBase('sent', sampleMail({ id: mailId }), 'ada@example.test', attempt, clock.now()),
    attempt,
  };
}

/** Another process of the application. */
async function start(
  log: MemoryEventLog,
  ...listeners: readonly Partial<MailEventListener>[]
): Promise<LogDispatcher> {
  const warn = (message: string) => void warnings.push(message);
  const dispatcher = new LogDispatcher({ log, clock, owner: 'test', warn, random });
  for (const listener of listeners) {
    dispatcher.listen({ name: 'L', types: ['sent'], filter: {}, handle: () => undefined, ...listener });
  }
  open.push(dispatcher);
  await dispatcher.start();
  await clock.advance(1);
  return dispatcher;
}

async function advanceBy(ms: number, stepMs = 250): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) await clock.advance(Math.min(left, stepMs));
}

/** Another process that found the lease run out. */
async function takeOver(log: MemoryEventLog): Promise<HeldReader> {
  const later = clock.steady.bind(clock);
  clock.steady = () => later() + HOUR_MS;
  try {
    const held = await log.hold('L', 'another', 2 * HOUR_MS);
    if (!held) throw new TypeError('the lease ran out');
    return held;
  } finally {
    clock.steady = later;
  }
}

/** A listener that fails as often as it is told to, and what it was told. */
function failing(times: number) {
  const told: string[] = [];
  let left = times;
  const handle = async (event: RelayEvent): Promise<void> => {
    told.push(event.id);
    if (left-- > 0) throw new Error('not now');
  };
  return { told, handle };
}

describe('listeners of an event log', () => {
  it('are told once in all processes, and each process where it asks for that', async () => {
    const log = new MemoryEventLog(clock);
    const once: string[] = [];
    const each: string[][] = [[], [], []];
    for (const everywhere of each) {
      await start(
        log,
        { handle: (event) => void once.push(event.id) },
        { name: 'E', everyProcess: true, handle: (event) => void everywhere.push(event.id) },
      );
    }
    const events = Array.from({ length: 20 }, () => sent());
    await log.append(events);
    await advanceBy(10_000);
    const ids = events.map(({ id }) => id);
    expect(once).toEqual(ids);
    expect(each).toEqual([ids, ids, ids]);
  });

  it('that are durable and fail twice are told three times and then never again', async () => {
    const log = new MemoryEventLog(clock);
    const { told, handle } = failing(2);
    await start(log, { durable: {}, handle });
    const event = sent();
    await log.append([event]);
    await advanceBy(HOUR_MS, 1000);
    expect(told).toEqual([event.id, event.id, event.id]);
  });

  it('that are not durable and fail are told once', async () => {
    const log = new MemoryEventLog(clock);
    const { told, handle } = failing(1);
    await start(log, { handle });
    await log.append([sent()]);
    await advanceBy(60_000, 1000);
    expect(told).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('hear later events of a recipient after the one that fails, and those of others at once', async () => {
    const log = new MemoryEventLog(clock);
    const { told, handle } = failing(1);
    await start(log, { durable: {}, handle });
    const [first, second, other] = [sent('one', 1), sent('one', 2), sent('two', 1)];
    await log.append([first, second, other]);
    await advanceBy(100, 25);
    expect(told).toEqual([first.id, other.id]);
    await advanceBy(5_000);
    expect(told).toEqual([first.id, other.id, first.id, second.id]);
  });

  it('are told what a process that is gone did not finish, and how often it had tried', async () => {
    const log = new MemoryEventLog(clock);
    const done: string[] = [];
    const limit = { maxTries: 3 };
    const hung = sent('hung');
    const before = await start(log, {
      durable: limit,
      handle: async (event) => {
        if (event.id === hung.id) return new Promise(() => undefined);
        done.push(event.id);
        return undefined;
      },
    });
    const others = Array.from({ length: 5 }, () => sent());
    await log.append([hung, ...others]);
    await advanceBy(2_000);
    expect(done).toHaveLength(5);
    const stopping = before.stop(1000);
    await advanceBy(1_000);
    await stopping;
    const { told, handle } = failing(99);
    await start(log, { durable: limit, handle });
    await advanceBy(HOUR_MS, 1000);
    expect(told).toEqual([hung.id, hung.id, hung.id]);
    expect(warnings.filter((line) => line.includes('is not told again'))).toHaveLength(1);
  });

  it('that take many at once are told together what came while they gathered', async () => {
    const log = new MemoryEventLog(clock);
    const batches: number[] = [];
    await start(log, {
      durable: {},
      gatherMs: 250,
      handleMany: async (some) => void batches.push(some.length),
    });
    await log.append([sent()]);
    await clock.advance(0);
    await clock.advance(200);
    await log.append([sent(), sent()]);
    expect(batches).toEqual([]);
    await clock.advance(100);
    expect(batches).toEqual([3]);
  });

  it.each([undefined, {}])('are told what happened right before the end (durable: %j)', async (durable) => {
    const log = new MemoryEventLog(clock);
    const told: string[] = [];
    const dispatcher = await start(log, { durable, handle: (event) => void told.push(event.id) });
    const last = sent();
    await log.append([last]);
    await dispatcher.stop(1000);
    expect(told).toEqual([last.id]);
  });

  it('are given up on when their time is over', async () => {
    const log = new MemoryEventLog(clock);
    const { told, handle } = failing(999);
    await start(log, { durable: { giveUpAfterMs: 10_000 }, handle });
    await log.append([sent()]);
    await advanceBy(HOUR_MS, 1000);
    // After 0, 1, 3 and 7 seconds; the next one would be at 15.
    expect(told).toHaveLength(4);
  });

  it('that hang are told again after five minutes, and the next one of the recipient waits', async () => {
    const log = new MemoryEventLog(clock);
    const told: string[] = [];
    let hangs = true;
    await start(log, {
      durable: {},
      handle: (event) => {
        told.push(event.id);
        return hangs ? new Promise(() => undefined) : undefined;
      },
    });
    const [first, second] = [sent('one', 1), sent('one', 2)];
    await log.append([first, second]);
    await advanceBy(4 * 60_000, 1000);
    hangs = false;
    expect(told).toEqual([first.id]);
    await advanceBy(70_000, 1000);
    expect(told).toEqual([first.id, first.id, second.id]);
  });

  it('are shared by the processes that start together', async () => {
    const log = new MemoryEventLog(clock);
    const tellers = new Set<number>();
    const names = ['A', 'B', 'C'];
    const starting = names.map((_, process) => {
      random = () => process / names.length;
      return start(log, ...names.map((name) => ({ name, handle: () => void tellers.add(process) })));
    });
    random = () => 0;
    await Promise.all(starting);
    await advanceBy(2_000);
    await log.append([sent()]);
    await advanceBy(2_000);
    expect(tellers.size).toBe(3);
  });

  it('begin nothing more when another process took over', async () => {
    const log = new MemoryEventLog(clock);
    const told: string[] = [];
    const waiting: (() => void)[] = [];
    await start(log, {
      durable: {},
      handle: async (event) => {
        told.push(`before ${event.id}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    const [first, second] = [sent('one', 1), sent('one', 2)];
    await log.append([first, second]);
    await advanceBy(2_000);
    const steal = await takeOver(log);
    await advanceBy(2_000);
    for (const resolve of waiting.splice(0)) resolve();
    await advanceBy(2_000);
    expect(told).toEqual([`before ${first.id}`]);
    expect(steal.progress.waiting).toHaveLength(2);
  });

  it('stop what is read when too much is unfinished, and miss nothing', async () => {
    const log = new MemoryEventLog(clock);
    const told = new Set<string>();
    const waiting: (() => void)[] = [];
    await start(log, {
      durable: {},
      handle: async (event) => {
        told.add(event.id);
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    await log.append(Array.from({ length: 2000 }, () => sent()));
    await advanceBy(3_000);
    expect(told.size).toBe(500);
    for (let i = 0; i < 10 && told.size < 2000; i++) {
      for (const resolve of waiting.splice(0)) resolve();
      await advanceBy(2_000);
    }
    expect(told.size).toBe(2000);
  });

  it('take many events in one call, all of them again when it fails', async () => {
    const log = new MemoryEventLog(clock);
    const calls: number[] = [];
    let fails = true;
    await start(log, {
      handleMany: async (events) => {
        calls.push(events.length);
        if (fails) throw new Error('not now');
      },
    });
    await log.append(Array.from({ length: 700 }, () => sent()));
    await advanceBy(100, 25);
    fails = false;
    await advanceBy(5_000);
    expect(calls).toEqual([500, 500, 200]);
  });

  it('hear only what they ask for', async () => {
    const log = new MemoryEventLog(clock);
    const told: string[] = [];
    await start(log, { filter: { stream: 'marketing' }, handle: (event) => void told.push(event.id) });
    const marketing = { ...sent(), stream: 'marketing' };
    await log.append([sent(), marketing]);
    await advanceBy(2_000);
    expect(told).toEqual([marketing.id]);
  });

  it('of one method that listens twice are two', async () => {
    const log = new MemoryEventLog(clock);
    const told: string[] = [];
    const handle = (event: RelayEvent) => void told.push(event.type);
    await start(log, { types: ['sent'], handle }, { types: ['queued'], handle });
    const queued = mailEventBase('queued', sampleMail({ id: 'm' }), 'ada@example.test', 0, clock.now());
    await log.append([sent(), { ...queued, dueAt: new Date(0) }]);
    await advanceBy(2_000);
    expect(told.toSorted()).toEqual(['queued', 'sent']);
  });
});
