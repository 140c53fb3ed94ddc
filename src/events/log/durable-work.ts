import type { Clock } from '../../core/schedule/clock.js';
import type { ListenerLimit, MailEventListener } from '../mail-event-listener.js';
import { lineOf, subjectOf } from '../relay-event.js';
import type { LoggedEvent, WaitingEvent } from './event-log.js';
import { callListener } from './listener-call.js';
import { isGivenUp, retryDelay } from './listener-retry.js';
import type { ReaderWork } from './reader-work.js';

export interface WorkOptions {
  readonly listener: MailEventListener;
  readonly limit: ListenerLimit;
  readonly clock: Clock;
  readonly warn: (message: string, error?: unknown) => void;
  /** Told when there is room, or something is done. */
  readonly onChange: () => void;
}

/** Events that may be unfinished at a time; then no more are read. */
const WINDOW = 500;

interface Item {
  readonly logged: LoggedEvent;
  readonly key: string;
  tries: number;
  dueAt: number;
  isRunning: boolean;
}

/**
 * The work of a durable listener: an event is told until the listener fulfils. Events about one recipient of one mail wait
 * for the one before, also while that one is told again; others go on.
 */
export class DurableWork implements ReaderWork {
  readonly #o: WorkOptions;
  /** By position. */
  readonly #items = new Map<string, Item>();
  /** What there is about one recipient, in order; only the first may be under way. */
  readonly #lines = new Map<string, Item[]>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: WorkOptions) {
    this.#o = options;
  }

  get room(): number {
    return WINDOW - this.#items.size;
  }

  take(events: readonly LoggedEvent[], waited?: ReadonlyMap<string, WaitingEvent>): void {
    for (const logged of events) {
      const { tries = 0, dueAt = 0 } = waited?.get(logged.position) ?? {};
      const key = lineOf(logged.event);
      const item: Item = { logged, key, tries, dueAt, isRunning: false };
      this.#items.set(logged.position, item);
      const line = this.#lines.get(key);
      if (line) line.push(item);
      else this.#lines.set(key, [item]);
    }
    this.startDue();
  }

  startDue(): void {
    if (this.#isStopped) return;
    const now = this.#o.clock.now();
    for (const [first] of this.#lines.values()) {
      if (first && !first.isRunning && first.dueAt <= now) this.#start(first);
    }
  }

  nextDueAt(): number | undefined {
    let next: number | undefined;
    for (const [first] of this.#lines.values()) {
      if (first && !first.isRunning && (next === undefined || first.dueAt < next)) next = first.dueAt;
    }
    return next;
  }

  unfinished(): readonly WaitingEvent[] {
    return Array.from(this.#items.values(), ({ logged, tries, dueAt }) => ({
      position: logged.position,
      tries,
      dueAt,
    }));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #start(item: Item): void {
    item.isRunning = true;
    const call = this.#tell(item).then(() => {
      this.#running.delete(call);
      this.#o.onChange();
    });
    this.#running.add(call);
  }

  async #tell(item: Item): Promise<void> {
    const { listener, limit, clock, warn } = this.#o;
    const { event } = item.logged;
    try {
      await callListener(clock, () => listener.handle(event));
      this.#done(item);
    } catch (error) {
      item.isRunning = false;
      item.tries++;
      const about = `Listener ${listener.name} failed on "${event.type}" of ${subjectOf(event)}`;
      if (isGivenUp(limit, item.tries, event.at.getTime(), clock.now())) {
        warn(`${about} ${item.tries} times, and is not told again. Delivery is not affected.`, error);
        this.#done(item);
        return;
      }
      item.dueAt = clock.now() + retryDelay(item.tries);
      warn(`${about}, and is told again in ${Math.ceil(retryDelay(item.tries) / 1000)} s.`, error);
    }
  }

  #done({ logged, key }: Item): void {
    this.#items.delete(logged.position);
    const line = this.#lines.get(key);
    line?.shift();
    const next = line?.[0];
    if (!next) this.#lines.delete(key);
    else if (!this.#isStopped && next.dueAt <= this.#o.clock.now()) this.#start(next);
  }
}
