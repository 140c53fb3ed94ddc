import type { MailId } from '../../core/mail/mail-id.js';
import type { LaneCounts, RingHandler } from '../mail-queue.js';

const COMPACT_AT = 1024;

/** One lane of the inline queue: first in, first out, a bounded number at a time, each waiting id once. */
export class Lane {
  readonly #name: string;
  /** Read from `#head` on; taking from the front of a large Set or array costs time in its size. */
  #order: MailId[] = [];
  #head = 0;
  readonly #waiting = new Set<MailId>();
  #concurrency = 0;
  #active = 0;
  #idle: (() => void)[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  add(ids: readonly MailId[], handler: RingHandler | undefined): void {
    for (const id of ids) {
      if (this.#waiting.has(id)) continue;
      this.#waiting.add(id);
      this.#order.push(id);
    }
    if (handler) this.#pump(handler);
  }

  serve(concurrency: number, handler: RingHandler): void {
    this.#concurrency = concurrency;
    this.#pump(handler);
  }

  /** Forgets what waits, because the spool does not, and resolves when nothing is active. */
  async stop(): Promise<void> {
    this.#concurrency = 0;
    this.#waiting.clear();
    this.#order = [];
    this.#head = 0;
    await this.settled();
  }

  /** Resolves when nothing is active, and nothing waits that would be served. */
  async settled(): Promise<void> {
    const served = this.#concurrency > 0 && this.#waiting.size > 0;
    if (this.#active > 0 || served) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  counts(): LaneCounts {
    return { waiting: this.#waiting.size, active: this.#active };
  }

  #pump(handler: RingHandler): void {
    while (this.#active < this.#concurrency) {
      const id = this.#take();
      if (id === undefined) return;
      this.#active++;
      void handler(id, this.#name).finally(() => {
        this.#active--;
        this.#pump(handler);
        if (this.#active === 0) for (const resolve of this.#idle.splice(0)) resolve();
      });
    }
  }

  #take(): MailId | undefined {
    const id = this.#order[this.#head];
    if (id === undefined) return undefined;
    this.#head++;
    this.#waiting.delete(id);
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    return id;
  }
}
