import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { ListenerRunner } from './listener-runner.js';
import { mailEventBase } from './mail-event-base.js';
import type { RelayEvent } from './relay-event.js';

function queued(id: string): RelayEvent {
  const base = mailEventBase('queued', sampleMail({ id }), 'ada@example.test', 0, 0);
  return { ...base, dueAt: new Date(0) };
}

describe('a listener that fails on everything', () => {
  it('is logged ten times a second, and the log says that there were more', () => {
    let now = 0;
    const warnings: string[] = [];
    const handle = (): void => {
      throw new Error('boom');
    };
    const listener = { name: 'L', types: ['queued'], filter: {}, handle } as const;
    const runner = new ListenerRunner(
      listener,
      (message) => warnings.push(message),
      () => now,
    );
    for (let i = 0; i < 50; i++) runner.run(queued(`${i}`));
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toContain('more than 10 times a second');
    now = 1000;
    runner.run(queued('later'));
    expect(warnings).toHaveLength(12);
    expect(warnings.at(-1)).toContain('mail later');
  });
});

describe('a listener whose answer is a trap', () => {
  const trap = new Proxy(
    {},
    {
      has: () => {
        throw new Error('trap');
      },
    },
  );

  it.each([
    ['that cannot be looked at', trap],
    [
      'whose then throws',
      {
        // oxlint-disable-next-line unicorn/no-thenable -- the trap
        get then(): never {
          throw new Error('trap');
        },
      },
    ],
  ])('fails like any other: %s', async (_what, answer) => {
    const warnings: unknown[] = [];
    const heard: RelayEvent[] = [];
    const handle = (event: RelayEvent): unknown => {
      heard.push(event);
      return answer;
    };
    const listener = { name: 'L', types: ['queued'], filter: {}, handle } as const;
    const runner = new ListenerRunner(listener, (_message, error) => warnings.push(String(error)));
    for (const id of ['a', 'b']) runner.run(queued(id));
    await runner.settled();
    expect(heard).toHaveLength(2);
    expect(warnings).toEqual(['Error: trap', 'Error: trap']);
  });
});
