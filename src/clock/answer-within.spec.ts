import { describe, expect, it } from 'vitest';
import { TestClock } from '../testing/test-clock.js';
import { answerWithin } from './answer-within.js';

describe('an answer within a time', () => {
  it('is what the work says, or its failure', async () => {
    const clock = new TestClock();
    expect(await answerWithin(clock, 100, Promise.resolve(7))).toBe(7);
    await expect(answerWithin(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('is nothing when the time is over', async () => {
    const clock = new TestClock();
    const answer = answerWithin(clock, 100, new Promise(() => undefined));
    await clock.advance(100);
    expect(await answer).toBeUndefined();
  });
});
