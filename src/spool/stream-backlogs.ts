import type { PauseTarget, SpoolControl, StreamCounts } from './spool-control.js';

/** The pending mails of one stream in one lane, and whether they wait for somebody. */
export interface StreamBacklogCounts extends StreamCounts {
  readonly paused: boolean;
}

/** What is pending by lane and stream, and what is paused. */
export async function streamBacklogs(
  control: SpoolControl,
): Promise<{ readonly streams: readonly StreamBacklogCounts[]; readonly paused: readonly PauseTarget[] }> {
  const [streams, paused] = await Promise.all([control.streams(), control.paused()]);
  const isPaused = ({ lane, stream }: StreamCounts): boolean =>
    paused.some((target) => ('lane' in target ? target.lane === lane : target.stream === stream));
  return { streams: streams.map((one) => ({ ...one, paused: isPaused(one) })), paused };
}

/** How long the oldest mail waits that is pending, however often it was tried, milliseconds. */
export function ageOf({ waitingSince }: StreamBacklogCounts, now: number): number {
  return waitingSince === undefined ? 0 : Math.max(0, now - waitingSince);
}

/** How late the oldest mail is that is due and not sent yet, milliseconds; 0 while it is paused. */
export function lagOf({ paused, oldestDueAt }: StreamBacklogCounts, now: number): number {
  return paused || oldestDueAt === undefined ? 0 : Math.max(0, now - oldestDueAt);
}
