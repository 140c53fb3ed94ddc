import type { BulkSource } from './queue-many-options.js';

/** Goes through a source, as slowly as it is asked to, until its end or the signal; a source that hangs is left. */
export async function* readSource<Item>(
  source: BulkSource<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let ended = false;
  let leave: (() => void) | undefined;
  const onAbort = (): void => leave?.();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) return;
      // Not a race against one long promise of the abort, which would hold on to every item.
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        leave = () => resolve(undefined);
        Promise.resolve(iterator.next()).then(resolve, (error: unknown) => {
          ended = true;
          reject(error);
        });
      });
      if (next?.done) ended = true;
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // A source that hangs may hang here too.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
