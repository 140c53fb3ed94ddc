import type { Duplex } from 'node:stream';

/**
 * Lets what is asked of Redis within one turn of the event loop leave together: one system call here, and one wake-up
 * there. The pipelines of ioredis do the same, at several times the cost when there are scripts.
 */
export class GatheredWrites {
  readonly #client: { readonly stream?: Duplex };
  #isGathering = false;

  /** @param client of ioredis; a cluster's has no stream, and is left alone: it has a connection for each node */
  constructor(client: object) {
    this.#client = client;
  }

  /** To be called before each command. */
  gather(): void {
    const { stream } = this.#client;
    if (this.#isGathering || stream === undefined) return;
    this.#isGathering = true;
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}
