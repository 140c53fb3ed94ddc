/**
 * Waits for work that goes on by itself. Undefined when the time is over or the signal aborts first; the work's own
 * failure is the caller's.
 *
 * @param timeoutMs milliseconds
 */
export async function waitFor<T>(
  work: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  let stop: (() => void) | undefined;
  const over = new Promise<undefined>((resolve) => {
    const end = (): void => resolve(undefined);
    const timer = setTimeout(end, timeoutMs);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    };
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    stop?.();
  }
}
