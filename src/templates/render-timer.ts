/**
 * Calls back once, by a timer that keeps no process alive; what it returns cancels that.
 *
 * @internal
 */
export function renderTimer(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}
