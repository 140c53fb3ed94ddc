import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../../testing/test-clock.js';
import { limitsOf, type Limit } from '../limit.js';
import { IDLE_LINE_WAIT_MS, WAIT_MS, type SlotAnswer } from '../limit-store.js';
import { MemoryLimitStore } from './memory-limit-store.js';

const rate = (max: number, name = 'a') => limitsOf('transport', name, { perSecond: max });
const MINUTE = 60_000;

class Desk {
  readonly clock = new TestClock();
  readonly store = new MemoryLimitStore(this.clock);
  readonly started = this.clock.now();

  take(
    limits: readonly Limit[],
    more: { count?: number; line?: string; returning?: boolean } = {},
  ): SlotAnswer {
    return this.store.take({ limits, count: 1, line: 'transactional', returning: false, ...more });
  }

  /** Takes until nothing is left; the moments of the slots, from the start. */
  slots(limits: readonly Limit[], line = 'transactional'): number[] {
    const found: number[] = [];
    for (;;) {
      const answer = this.take(limits, { line });
      if (answer.kind === 'full') return found;
      found.push(this.clock.now() - this.started + answer.inMs);
    }
  }
}

describe('limits counted in memory', () => {
  it('gives a rate in full at once, then tells when there is room again', () => {
    const desk = new Desk();
    expect(desk.slots(rate(3))).toEqual([0, 0, 0]);
    expect(desk.take(rate(3))).toMatchObject({ kind: 'full', limit: 0, freeInMs: 1000 });
  });

  it('lets a message wait for a slot that is near', async () => {
    const desk = new Desk();
    desk.slots(rate(1));
    await desk.clock.advance(1000 - IDLE_LINE_WAIT_MS);
    desk.store.take({ limits: [], count: 1, line: 'x', returning: false });
    // The line of the first refusal is still there, and another lane has none.
    expect(desk.take(rate(1), { line: 'other' })).toMatchObject({ kind: 'slot', inMs: IDLE_LINE_WAIT_MS });
  });

  it('never gives more than the rate in any second, whoever asks when', async () => {
    const ask = record({
      wait: integer({ min: 0, max: 400 }),
      count: integer({ min: 1, max: 3 }),
      returning: boolean(),
      line: constantFrom('a', 'b'),
      other: boolean(),
    });
    await assert(
      asyncProperty(array(ask, { maxLength: 60 }), async (asks) => {
        const desk = new Desk();
        const sent: number[] = [];
        for (const { wait, count, returning, line, other } of asks) {
          await desk.clock.advance(wait);
          const limits = other ? [...rate(4), ...rate(3, 'b')] : rate(4);
          const answer = desk.take(limits, { count, returning, line });
          if (answer.kind === 'slot') {
            for (let i = 0; i < count; i++) sent.push(desk.clock.now() + answer.inMs);
          }
        }
        for (const from of sent) {
          expect(sent.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(4);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('sends every refused message away to a moment of its own, at the pace of the rate', () => {
    const desk = new Desk();
    desk.slots(rate(10));
    const backs = Array.from({ length: 50 }, () => desk.take(rate(10))).map((one) =>
      one.kind === 'full' ? one.comeBackInMs : 0,
    );
    const gaps = backs.slice(1).map((at, i) => at - (backs[i] ?? 0));
    expect(new Set(gaps.map(Math.round))).toEqual(new Set([100]));
  });

  it('loses no slot to a long line: whoever comes back at its moment goes', async () => {
    const desk = new Desk();
    const limits = rate(10);
    let sent = desk.slots(limits).length;
    let waiting = Array.from({ length: 100 }, () => desk.take(limits)).map((one) =>
      one.kind === 'full' ? desk.clock.now() + one.comeBackInMs : 0,
    );
    while (desk.clock.now() - desk.started < 10_000) {
      await desk.clock.advance(10);
      const now = desk.clock.now();
      const due = waiting.filter((at) => at <= now);
      waiting = waiting.filter((at) => at > now);
      for (const _ of due) {
        const answer = desk.take(limits, { returning: true });
        if (answer.kind === 'slot') sent++;
        else waiting.push(now + answer.comeBackInMs);
      }
    }
    expect(sent).toBeGreaterThanOrEqual(97);
    expect(sent).toBeLessThanOrEqual(103);
  });

  it('does not let fresh mail overtake those who wait in its line', async () => {
    const desk = new Desk();
    const limits = limitsOf('stream', 'news', { perMinute: 2 });
    desk.slots(limits);
    for (let i = 0; i < 2; i++) desk.take(limits);
    await desk.clock.advance(MINUTE);
    expect(desk.take(limits)).toMatchObject({ kind: 'full', freeInMs: 0 });
    expect(desk.take(limits, { returning: true }).kind).toBe('slot');
  });

  it('does not keep mail of another line waiting behind a long one', async () => {
    const desk = new Desk();
    const limits = rate(10);
    desk.slots(limits, 'marketing');
    for (let i = 0; i < 10_000; i++) desk.take(limits, { line: 'marketing' });
    await desk.clock.advance(900);
    expect(desk.take(limits, { line: 'transactional' })).toMatchObject({ kind: 'slot', inMs: 100 });
  });

  it('gives a returning message a shorter look ahead than one whose line is empty', async () => {
    const desk = new Desk();
    desk.slots(rate(1));
    await desk.clock.advance(1000 - WAIT_MS - 1);
    expect(desk.take(rate(1), { returning: true }).kind).toBe('full');
    await desk.clock.advance(1);
    expect(desk.take(rate(1), { returning: true })).toMatchObject({ kind: 'slot', inMs: WAIT_MS });
  });

  it('counts a quota in windows that begin with the first message', async () => {
    const desk = new Desk();
    const limits = limitsOf('transport', 'a', { perMinute: 5 });
    expect(desk.slots(limits)).toHaveLength(5);
    await desk.clock.advance(MINUTE - IDLE_LINE_WAIT_MS - 1);
    expect(desk.take(limits, { line: 'other' }).kind).toBe('full');
    await desk.clock.advance(IDLE_LINE_WAIT_MS + 1);
    expect(desk.slots(limits, 'third')).toHaveLength(5);
  });

  it('keeps the quota of a month for a month', async () => {
    const desk = new Desk();
    const limits = limitsOf('tenant', 'acme', { perMonth: 1 });
    desk.slots(limits);
    await desk.clock.advance(29 * 24 * 3_600_000);
    expect(desk.take(limits).kind).toBe('full');
  });

  it('tells no more of a line to come back in one window than the quota holds', () => {
    const desk = new Desk();
    const limits = limitsOf('transport', 'a', { perHour: 10 });
    for (let i = 0; i < 10; i++) desk.take(limits);
    const hours = Array.from({ length: 30 }, () => desk.take(limits)).map((one) =>
      one.kind === 'full' ? Math.floor(one.comeBackInMs / 3_600_000) : 0,
    );
    expect([1, 2, 3].map((hour) => hours.filter((one) => one === hour).length)).toEqual([10, 10, 10]);
  });

  it('touches no limit when one of them is full', () => {
    const desk = new Desk();
    const [first] = rate(5, 'first');
    const [second] = rate(1, 'second');
    if (!first || !second) throw new TypeError('two limits');
    desk.take([second]);
    for (let i = 0; i < 10; i++) expect(desk.take([first, second])).toMatchObject({ kind: 'full', limit: 1 });
    expect(desk.slots([first], 'other')).toHaveLength(5);
  });

  it('takes messages that go together all at once or not at all', () => {
    const desk = new Desk();
    expect(desk.take(rate(5), { count: 3 }).kind).toBe('slot');
    expect(desk.take(rate(5), { count: 3 }).kind).toBe('full');
    expect(desk.slots(rate(5), 'other')).toHaveLength(2);
  });

  it('takes back what never left, into the window it was taken from', async () => {
    const desk = new Desk();
    const limits = limitsOf('transport', 'a', { perMinute: 1 });
    const answer = desk.take(limits);
    if (answer.kind !== 'slot') throw new TypeError('a slot');
    desk.store.giveBack(limits, 1, answer.windows);
    expect(desk.take(limits).kind).toBe('slot');
    await desk.clock.advance(MINUTE);
    expect(desk.take(limits).kind).toBe('slot');
    desk.store.giveBack(limits, 1, answer.windows);
    expect(desk.take(limits).kind).toBe('full');
  });

  it.each([-86_400_000, 86_400_000])(
    'keeps its limits when the time of the machine is set by %i ms',
    async (jump) => {
      const desk = new Desk();
      desk.slots(rate(1));
      desk.clock.jump(jump);
      expect(desk.take(rate(1))).toMatchObject({ kind: 'full', freeInMs: 1000 });
      await desk.clock.advance(1000);
      expect(desk.take(rate(1), { returning: true })).toMatchObject({ kind: 'slot', inMs: 0 });
    },
  );

  it('forgets what no longer counts', async () => {
    const desk = new Desk();
    for (let i = 0; i < 1500; i++) desk.take(rate(1, `${i}`));
    await desk.clock.advance(1000);
    for (let i = 0; i < 3000; i++) desk.take(rate(1, `later${i}`));
    expect(desk.store.size).toBeLessThanOrEqual(3000);
  });
});
