const MAX_HINT_MS = 24 * 60 * 60 * 1000;

const SPAN =
  /(?<!\b(?:per|every|last|past) )\b(\d{1,7}) ?(s|sec|secs|seconds?|min|mins|minutes?|h|hrs?|hours?)\b/i;
/** The form of milter-greylist: `come back in 00:05:00`. */
const CLOCK = /\bin (\d{1,2}):(\d{2}):(\d{2})\b/i;

/**
 * Reads how long a server asks to wait: `in 300 seconds`, `5 minutes`, `in 00:05:00`. At most 24 hours, because the
 * text is a stranger's; undefined when it names no time.
 *
 * @param text the text of a reply
 * @returns milliseconds
 * @internal
 */
export function readRetryHint(text: string): number | undefined {
  return limitRetryHint(readSpan(text) ?? readClock(text) ?? 0);
}

/**
 * A wait that a stranger named, made sure: at most 24 hours; undefined when it is none.
 *
 * @param waitMs milliseconds
 * @internal
 */
export function limitRetryHint(waitMs: number): number | undefined {
  return waitMs > 0 ? Math.min(waitMs, MAX_HINT_MS) : undefined;
}

function readSpan(text: string): number | undefined {
  const [, count, unit = ''] = SPAN.exec(text) ?? [];
  if (count === undefined) return undefined;
  const unitMs = /^s/i.test(unit) ? 1000 : /^m/i.test(unit) ? 60_000 : 3_600_000;
  return Number(count) * unitMs;
}

function readClock(text: string): number | undefined {
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
