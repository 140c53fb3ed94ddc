import type { MailId } from '../core/mail/mail-id.js';
import type { RingHandler } from '../queue/mail-queue.js';

interface Ring {
  readonly id: MailId;
  readonly lane: string;
}

/** The time between two looks when no call begins or ends, milliseconds. */
const LOOK_MS = 20;

/** A handler whose calls are recorded, and end when the suite says so. */
export class RecordedHandler {
  /** Every call, in order. */
  readonly rings: Ring[] = [];
  /** The most calls at a time. */
  most = 0;
  readonly #running = new Map<MailId, () => void>();
  readonly #ended: MailId[] = [];
  readonly #watchers = new Set<() => void>();
  #endsAtOnce = false;

  readonly #patienceMs: number;

  /** @param patienceMs how long to wait for calls, milliseconds */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  readonly handle: RingHandler = async (id, lane) => {
    this.rings.push({ id, lane });
    const end = new Promise<void>((resolve) => this.#running.set(id, resolve));
    this.most = Math.max(this.most, this.#running.size);
    this.#changed();
    // Not in the same turn: a handler takes time.
    if (this.#endsAtOnce) setImmediate(() => this.finish(id));
    await end;
    this.#ended.push(id);
    this.#changed();
  };

  finish(id: MailId): void {
    this.#running.get(id)?.();
    this.#running.delete(id);
  }

  /** Ends every call, those to come too. */
  finishAll(): void {
    this.#endsAtOnce = true;
    for (const id of Array.from(this.#running.keys())) this.finish(id);
  }

  async begun(...ids: readonly MailId[]): Promise<void> {
    await this.until(
      () => ids.every((id) => this.rings.some((ring) => ring.id === id)),
      `rings for ${ids.length}`,
    );
  }

  /** True when there were so many calls in time. */
  async began(calls: number, withinMs: number): Promise<boolean> {
    return this.until(() => this.rings.length >= calls, `${calls} rings`, withinMs).then(
      () => true,
      () => false,
    );
  }

  async ended(...ids: readonly MailId[]): Promise<void> {
    await this.until(() => ids.every((id) => this.#ended.includes(id)), `the end of ${ids.length}`);
  }

  async running(count: number): Promise<void> {
    await this.until(() => this.#running.size >= count, `${count} at a time`);
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Looks whenever a call begins or ends, and in between. */
  async until(condition: () => boolean, what: string, patienceMs = this.#patienceMs): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        clearInterval(looking);
        this.#watchers.delete(look);
      };
      const look = (): void => {
        if (!condition()) return;
        end();
        resolve();
      };
      const looking = setInterval(() => look(), LOOK_MS);
      const timer = setTimeout(() => {
        end();
        reject(new Error(`Waited for ${what}; the queue handed over ${this.rings.length} rings.`));
      }, patienceMs);
      this.#watchers.add(look);
    });
  }
}
