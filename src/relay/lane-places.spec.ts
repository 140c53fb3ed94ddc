import { describe, expect, it } from 'vitest';
import { TestClock } from '../testing/test-clock.js';
import { LanePlaces } from './lane-places.js';

/** One place by default; every piece of work ends when the test says so. */
function setUp(concurrency = 1) {
  const clock = new TestClock();
  const places = new LanePlaces({ concurrency, clock });
  const begun: string[] = [];
  const back: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      begun.push(name);
      ends.set(name, resolve);
    });
  return {
    clock,
    places,
    begun,
    back,
    rung: (name: string) => void places.rung(work(name)),
    /** False when it is to be rung. */
    straight: (name: string) => {
      if (!places.announce()) return false;
      places.arrive(work(name), () => back.push(name));
      return true;
    },
    end: async (name: string) => {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('LanePlaces', () => {
  it('begins at once where a place is free, however the mail came', () => {
    const { rung, straight, begun } = setUp(2);
    rung('a');
    expect(straight('b')).toBe(true);
    expect(begun).toEqual(['a', 'b']);
  });

  it('works on no more than its concurrency, those that were rung and those that came straight together', async () => {
    const { rung, straight, begun, end } = setUp(2);
    straight('a');
    straight('b');
    straight('c');
    rung('d');
    expect(begun).toEqual(['a', 'b']);
    await end('a');
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets nobody come straight while one that was rung waits', async () => {
    const { rung, straight, end } = setUp();
    rung('a');
    rung('b');
    expect(straight('c')).toBe(false);
    await end('a');
    expect(straight('d')).toBe(true);
  });

  it('has a line of bounded length', () => {
    const { straight } = setUp(2);
    const taken = Array.from({ length: 50 }, (_, i) => straight(`${i}`)).filter(Boolean);
    expect(taken).toHaveLength(12);
  });

  it('counts what was announced and is not there yet', () => {
    const { places } = setUp();
    const announced = Array.from({ length: 50 }, () => places.announce()).filter(Boolean);
    expect(announced).toHaveLength(6);
    places.withdraw();
    expect([places.announce(), places.announce()]).toEqual([true, false]);
  });

  it('gives back who waited for long, and has no line for a while', async () => {
    const { clock, straight, begun, back, end } = setUp();
    straight('slow');
    straight('a');
    await clock.advance(200);
    straight('b');
    await clock.advance(50);
    expect(back).toEqual(['a']);
    expect(straight('c')).toBe(false);
    await clock.advance(250);
    expect(back).toEqual(['a', 'b']);
    await end('slow');
    expect(straight('d')).toBe(true);
    await clock.advance(1_000);
    expect(straight('e')).toBe(true);
    expect(begun).toEqual(['slow', 'd']);
  });

  it('has more patience with what was rung, which is then for another worker', async () => {
    const { clock, places, straight, rung, begun, end } = setUp();
    straight('slow');
    const late = places.rung(async () => void begun.push('late'));
    await clock.advance(900);
    rung('a');
    await clock.advance(100);
    expect(await late).toBe(false);
    await end('slow');
    expect(begun).toEqual(['slow', 'a']);
  });

  it('gives back its line when it closes', async () => {
    const { places, straight, begun, back, end } = setUp();
    straight('a');
    straight('b');
    const rung = places.rung(async () => void begun.push('c'));
    expect(places.announce()).toBe(false);
    places.close();
    expect(back).toEqual(['b']);
    expect(await rung).toBe(false);
    expect(straight('d')).toBe(false);
    await end('a');
    expect(begun).toEqual(['a']);
  });

  it('gives back what was announced before it closed', () => {
    const { places, back, begun } = setUp();
    places.announce();
    places.close();
    places.arrive(
      async () => void begun.push('a'),
      () => void back.push('a'),
    );
    expect([begun, back]).toEqual([[], ['a']]);
  });

  it('is free again after work that failed', async () => {
    const { places, rung, begun } = setUp();
    await expect(places.rung(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    rung('a');
    expect(begun).toEqual(['a']);
  });
});
