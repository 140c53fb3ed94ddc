import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { BatchRunner } from './batch-runner.js';
import { mailEventBase } from './mail-event-base.js';
import type { RelayEvent } from './relay-event.js';

function queued(id: string): RelayEvent {
  const base = mailEventBase('queued', sampleMail({ id }), 'ada@example.test', 0, 0);
  return { ...base, dueAt: new Date(0) };
}

function runnerOf(handleMany: (events: readonly RelayEvent[]) => Promise<unknown>) {
  const warnings: string[] = [];
  const listener = { name: 'L', types: ['queued'], filter: {}, handle: () => undefined, handleMany } as const;
  return { runner: new BatchRunner(listener, (message) => warnings.push(message)), warnings };
}

describe('a listener that takes many events at once, without an event log', () => {
  it('is called with what came meanwhile, at most 500, one call after the other', async () => {
    const calls: number[] = [];
    let underWay = 0;
    const { runner } = runnerOf(async (events) => {
      expect(++underWay).toBe(1);
      calls.push(events.length);
      await new Promise(setImmediate);
      underWay--;
    });
    for (let i = 0; i < 1200; i++) runner.run(queued(`${i}`));
    await runner.settled();
    expect(calls).toEqual([500, 500, 200]);
    runner.run(queued('one more'));
    await runner.settled();
    expect(calls).toEqual([500, 500, 200, 1]);
  });

  it('goes on after a call that failed, and is named', async () => {
    let calls = 0;
    const { runner, warnings } = runnerOf(async () => {
      if (calls++ === 0) throw new Error('not now');
    });
    for (let i = 0; i < 600; i++) runner.run(queued(`${i}`));
    await runner.settled();
    expect(calls).toBe(2);
    expect(warnings).toEqual([expect.stringContaining('L failed on 500 events')]);
  });

  it('misses what is too much while it hangs, and the log says so once', () => {
    const { runner, warnings } = runnerOf(() => new Promise(() => undefined));
    for (let i = 0; i < 10_500; i++) runner.run(queued(`${i}`));
    expect(runner.pending).toBe(10_000);
    expect(warnings).toEqual([expect.stringContaining('misses events')]);
  });
});
