import { describe, expect, it } from 'vitest';
import { isGivenUp, retryDelay } from './listener-retry.js';

const HOUR_MS = 3_600_000;

/** When a listener that always fails is given up on, milliseconds after its first try. */
function giveUp(limit: Parameters<typeof isGivenUp>[0], happenedAt = 0): { tries: number; afterMs: number } {
  let afterMs = 0;
  for (let tries = 1; ; tries++) {
    if (isGivenUp(limit, tries, happenedAt, afterMs)) return { tries, afterMs };
    afterMs += retryDelay(tries);
  }
}

describe('a durable listener that fails', () => {
  it('is told again after a second, then later and later, and every five minutes in the end', () => {
    const delays = Array.from({ length: 11 }, (_, i) => retryDelay(i + 1) / 1000);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('is given up on after about a day where it sets no limit, however old the event is', () => {
    const { afterMs } = giveUp({}, -1000 * HOUR_MS);
    expect(afterMs).toBeGreaterThan(23 * HOUR_MS);
    expect(afterMs).toBeLessThan(26 * HOUR_MS);
  });

  it('is given up on when it was told as often as it says', () => {
    expect(giveUp({ maxTries: 3 })).toEqual({ tries: 3, afterMs: 3000 });
  });

  it('is given up on when the next try would come too late after the event', () => {
    expect(giveUp({ giveUpAfterMs: 10_000 }).tries).toBe(4);
    expect(giveUp({ giveUpAfterMs: 100 * HOUR_MS }).afterMs).toBeGreaterThan(99 * HOUR_MS);
  });
});
