import { describe, expect, it } from 'vitest';
import { DestinationWindow, type DestinationSign } from './destination-window.js';

/** Fills the window, then lets every try end in the same way. */
function cohort(window: DestinationWindow, sign: DestinationSign, now: number): void {
  const { size } = window;
  for (let i = 0; i < size; i++) window.enter(now);
  for (let i = 0; i < size; i++) window.leave(sign, now, now + 1);
}

describe('the window of a destination', () => {
  const make = () => new DestinationWindow({ start: 5, max: 20 });

  it('begins with five', () => {
    const window = make();
    for (let i = 0; i < 5; i++) window.enter(0);
    expect(window.hasRoom(0)).toBe(false);
  });

  it('grows to twenty by answers, and no further', () => {
    const window = make();
    for (let now = 0; now < 500; now += 10) cohort(window, 'answer', now);
    expect(window.size).toBe(20);
  });

  it('does not grow where it is not used', () => {
    const window = make();
    for (let now = 0; now < 1000; now += 10) {
      window.enter(now);
      window.leave('answer', now, now + 1);
    }
    expect(window.size).toBe(5);
  });

  it('shrinks by one at the start of a run of failures', () => {
    const window = make();
    window.enter(0);
    window.enter(0);
    window.leave('trouble', 0, 1);
    window.leave('trouble', 0, 1);
    expect(window.size).toBe(4);
  });

  it('grows slowly after a failure', () => {
    const window = make();
    window.enter(0);
    window.leave('trouble', 0, 1);
    cohort(window, 'answer', 10);
    expect(window.size).toBe(4);
  });

  it('rests when a whole cohort failed, then takes one probe at a time', () => {
    const window = make();
    cohort(window, 'trouble', 0);
    expect(window.hasRoom(1000)).toBe(false);
    expect(window.hasRoom(window.restsUntil)).toBe(true);
    window.enter(window.restsUntil);
    expect(window.hasRoom(window.restsUntil)).toBe(false);
  });

  it('rests longer with each probe that fails, a minute at most', () => {
    const window = make();
    cohort(window, 'trouble', 0);
    const rests: number[] = [];
    for (let i = 0; i < 6; i++) {
      const now = window.restsUntil;
      window.enter(now);
      window.leave('trouble', now, now);
      rests.push(window.restsUntil - now);
    }
    expect(rests).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('is soon as wide as before when a probe is answered', () => {
    const window = make();
    cohort(window, 'trouble', 0);
    for (let now = window.restsUntil, i = 0; i < 10; i++) cohort(window, 'answer', now + i * 10);
    expect(window.size).toBe(11);
  });

  it('rests for as long as it was asked to', () => {
    const window = make();
    window.enter(0);
    window.leave('trouble', 0, 0, 120_000);
    expect(window.hasRoom(119_999)).toBe(false);
    expect(window.hasRoom(120_000)).toBe(true);
  });

  it('takes what says nothing for nothing', () => {
    const window = make();
    for (let i = 0; i < 10; i++) cohort(window, 'none', i);
    expect(window.size).toBe(5);
    expect(window.hasRoom(10)).toBe(true);
  });
});
