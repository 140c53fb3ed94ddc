import type { Clock } from '../core/schedule/clock.js';

/**
 * What work answers, if it does in time; undefined when the time of the clock is over. The work goes on by itself, and what
 * it fails with is its caller's until then.
 *
 * @param timeoutMs milliseconds
 */
export async function answerWithin<T>(
  clock: Clock,
  timeoutMs: number,
  work: Promise<T>,
): Promise<T | undefined> {
  let cancel = (): void => undefined;
  const over = new Promise<undefined>((resolve) => {
    cancel = clock.after(timeoutMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    cancel();
  }
}
