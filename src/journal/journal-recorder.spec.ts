import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../events/mail-event.js';
import { newMail, queued, sent } from '../testing/journal-clause.js';
import { TestClock } from '../testing/test-clock.js';
import { JournalRecorder } from './journal-recorder.js';
import { journalRetention } from './journal-retention.js';
import { MemoryJournalStore } from './memory/memory-journal-store.js';

/** A store that can be away, and tells in what groups it was written. */
class WatchedStore extends MemoryJournalStore {
  readonly groups: number[] = [];
  isAway = false;
  purged = 0;

  override async record(events: readonly MailEvent[]): Promise<void> {
    if (this.isAway) throw new Error('away');
    this.groups.push(events.length);
    await super.record(events);
  }

  override async purge(): Promise<number> {
    this.purged++;
    return 0;
  }
}

function recorder() {
  const clock = new TestClock();
  const store = new WatchedStore(clock, journalRetention({}, 10_000));
  const warnings: string[] = [];
  const made = new JournalRecorder({ store, clock, log: { warn: (text) => warnings.push(text) } });
  return { clock, store, warnings, made, mail: newMail(clock) };
}

describe('the recorder of a journal', () => {
  it('records what comes together in one go, in order', async () => {
    const { made, store, mail, clock } = recorder();
    await Promise.all([made.handle(queued(mail)), made.handle(sent(mail, clock))]);
    expect(store.groups).toEqual([2]);
    expect((await store.timeline(mail.id))?.events.map(({ type }) => type)).toEqual(['queued', 'sent']);
  });

  it('writes no more than five hundred at once', async () => {
    const { made, store, clock } = recorder();
    await Promise.all(Array.from({ length: 1200 }, () => made.handle(queued(newMail(clock)))));
    expect(store.groups).toEqual([500, 500, 200]);
  });

  it('tries a store that is away until it is back, says so once, and misses nothing', async () => {
    const { made, store, mail, clock, warnings } = recorder();
    store.isAway = true;
    const first = made.handle(queued(mail));
    await clock.advance(3500);
    const second = made.handle(sent(mail, clock));
    store.isAway = false;
    await clock.advance(1000);
    await Promise.all([first, second]);
    expect((await store.timeline(mail.id))?.events).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('away')]);
  });

  it('gives up on a store that is away when the application ends', async () => {
    const { made, store, mail, clock } = recorder();
    store.isAway = true;
    const told = made.handle(queued(mail));
    const outcome = expect(told).rejects.toThrow('away');
    await clock.advance(100);
    made.onApplicationShutdown();
    await outcome;
  });

  it('lets the store forget what is old now and then, until the application ends', async () => {
    const { made, store, clock } = recorder();
    await clock.advance(60_000);
    await clock.advance(60_000);
    expect(store.purged).toBe(2);
    made.onApplicationShutdown();
    await clock.advance(600_000);
    expect(store.purged).toBe(2);
  });
});
