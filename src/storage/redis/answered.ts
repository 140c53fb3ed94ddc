import { waitFor } from '../../clock/wait-for.js';

/**
 * What Redis answers to a command, if it does so in time. A connection that is being made again keeps commands waiting;
 * nobody's mail waits for that.
 */
export async function answered<T>(command: Promise<T>, timeoutMs: number): Promise<T> {
  const answer = await waitFor(
    command.then((value) => ({ value })),
    timeoutMs,
  );
  if (answer) return answer.value;
  throw new Error(`Redis did not answer within ${timeoutMs} ms.`);
}
