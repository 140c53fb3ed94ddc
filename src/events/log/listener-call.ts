import type { Clock } from '../../core/schedule/clock.js';
import { isThenable } from '../is-thenable.js';

/** A call that is not over by then was in vain, or a listener that hangs would hold back what follows for ever. */
const LONGEST_MS = 5 * 60_000;

/** Calls a durable listener. Rejects when it fails or takes too long; whatever becomes of that call later is ignored. */
export async function callListener(clock: Clock, call: () => unknown): Promise<void> {
  const answer = call();
  if (!isThenable(answer)) return;
  await new Promise<void>((resolve, reject) => {
    const cancel = clock.after(LONGEST_MS, () =>
      reject(new Error(`The listener did not end within ${LONGEST_MS / 60_000} minutes.`)),
    );
    answer.then(
      () => {
        cancel();
        resolve();
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
