import type { ListenerLimit } from '../mail-event-listener.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** Where no limit is set: about a day, however long the application was away meanwhile. */
const MOST_TRIES = 300;

/** How long to wait after an event was told in vain, milliseconds. @param tries how often, from 1 */
export function retryDelay(tries: number): number {
  return Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS);
}

/** True when an event is not told again. */
export function isGivenUp(limit: ListenerLimit, tries: number, happenedAt: number, now: number): boolean {
  const { giveUpAfterMs = Number.POSITIVE_INFINITY } = limit;
  const { maxTries = limit.giveUpAfterMs === undefined ? MOST_TRIES : Number.POSITIVE_INFINITY } = limit;
  return tries >= maxTries || now + retryDelay(tries) > happenedAt + giveUpAfterMs;
}
