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
