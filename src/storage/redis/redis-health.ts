import type { Clock } from '../../core/schedule/clock.js';
import type { Log } from '../../core/log.js';

export interface RedisHealthOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when Redis takes writes. */
  readonly probe: () => Promise<unknown>;
}

const PROBE_MS = 500;

/**
 * Whether Redis takes writes. Once a call failed it is asked again and again, and whoever waits is told when it is well:
 * what was under way pauses and goes on by itself.
 */
export class RedisHealth {
  readonly #o: RedisHealthOptions;
  #illSince: number | undefined;
  #waiting: (() => void)[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: RedisHealthOptions) {
    this.#o = options;
  }

  /** Told of a call that Redis refused or did not answer. */
  failed(error: unknown): void {
    if (this.#illSince !== undefined || this.#closed) return;
    this.#illSince = this.#o.clock.now();
    const why = error instanceof Error ? error.message : String(error);
    this.#o.log.warn(`Redis is in trouble, and delivery pauses until it is well. ${why}`);
    this.#probeLater();
  }

  /** Undefined when it is well; else a promise that resolves once it is, or nobody is to wait any more. */
  whenWell(): Promise<void> | undefined {
    if (this.#illSince === undefined || this.#closed) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets go of whoever waits. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#tell();
  }

  #probeLater(): void {
    this.#cancel = this.#o.clock.after(PROBE_MS, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    try {
      await this.#o.probe();
    } catch {
      if (!this.#closed) this.#probeLater();
      return;
    }
    const seconds = Math.ceil((this.#o.clock.now() - (this.#illSince ?? 0)) / 1000);
    this.#illSince = undefined;
    if (!this.#closed) this.#o.log.log(`Redis is well again after ${seconds} s, and delivery goes on.`);
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
