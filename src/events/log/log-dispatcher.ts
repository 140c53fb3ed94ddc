import { waitFor } from '../../clock/wait-for.js';
import type { Clock, Random } from '../../core/schedule/clock.js';
import { runnerFor, type EventRunner } from '../event-runner.js';
import { ListenerRunner } from '../listener-runner.js';
import { matchesFilter } from '../mail-event-filter.js';
import type { MailEventListener } from '../mail-event-listener.js';
import type { RelayEvent } from '../relay-event.js';
import { BatchWork } from './batch-work.js';
import { DurableWork } from './durable-work.js';
import type { EventLog } from './event-log.js';
import { LogReader } from './log-reader.js';
import { LogTail } from './log-tail.js';
import { LogTrouble } from './log-trouble.js';
import { PassingWork } from './passing-work.js';
import type { ReaderWork } from './reader-work.js';
import { Wakeup } from './wakeup.js';

export interface LogDispatcherOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Who this process is, for people. */
  readonly owner: string;
  readonly warn: (message: string, error?: unknown) => void;
  /** By which processes that start together take different readers. */
  readonly random: Random;
}

/** Calls of one listener of every process that may be under way; then no more events are read. */
const WINDOW = 5_000;
/** How long one is waited for that the log does not answer. */
const FIRST_TRY_MS = 200;

/**
 * Tells the listeners of this process what is in the log: each listener is a reader of it, held by one process of the
 * application at a time, but for those that every process has for itself.
 */
export class LogDispatcher {
  readonly #o: LogDispatcherOptions;
  readonly #trouble: LogTrouble;
  readonly #readers = new Map<string, LogReader>();
  readonly #wakeups: Wakeup[] = [];
  readonly #everywhere: EventRunner[] = [];
  #tail: LogTail | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: LogDispatcherOptions) {
    this.#o = options;
    this.#trouble = new LogTrouble((message) => options.warn(message));
  }

  listen(listener: MailEventListener): void {
    if (listener.everyProcess) {
      this.#everywhere.push(runnerFor(listener, this.#o.warn));
      return;
    }
    const wakeup = this.#newWakeup();
    const name = this.#nameFor(listener);
    const { log, clock, owner } = this.#o;
    const newWork = (): ReaderWork => this.#newWork(listener, () => wakeup.wake());
    this.#readers.set(
      name,
      new LogReader({ log, name, listener, clock, owner, wakeup, newWork, trouble: this.#trouble }),
    );
  }

  /** Resolves when every reader is held by a process, so that no event from now on is missed; or soon, when the log does not answer. */
  async start(): Promise<void> {
    const { log } = this.#o;
    if (this.#everywhere.length > 0 && !this.#tail) {
      this.#tail = new LogTail({
        log,
        wakeup: this.#newWakeup(),
        room: () => WINDOW - Math.max(...this.#everywhere.map(({ pending }) => pending)),
        tell: (events) => this.#tellEverywhere(events),
        trouble: this.#trouble,
      });
    }
    if (this.#wakeups.length === 0) return;
    this.#unwatch ??= log.watch(() => {
      for (const wakeup of this.#wakeups) wakeup.wake();
    });
    if (this.#tail) await waitFor(this.#tail.start(), FIRST_TRY_MS);
    const readers = Array.from(this.#readers.values());
    // Each process begins with another one and takes one after the other, so that those who start together share them.
    const first = Math.floor(this.#o.random() * readers.length);
    for (const reader of [...readers.slice(first), ...readers.slice(0, first)]) {
      await waitFor(reader.start(), FIRST_TRY_MS);
    }
  }

  /** Takes no further event, and lets other processes go on where this one ended. */
  async stop(timeoutMs: number): Promise<void> {
    this.#unwatch?.();
    const readers = Array.from(this.#readers.values());
    await Promise.all([...readers, ...(this.#tail ? [this.#tail] : [])].map((one) => one.stop(timeoutMs)));
  }

  /** Resolves when no call of a listener that every process has is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#everywhere.map((runner) => runner.settled()));
  }

  #newWork(listener: MailEventListener, onChange: () => void): ReaderWork {
    const { clock, warn } = this.#o;
    const limit = listener.durable ?? {};
    if (listener.handleMany) return new BatchWork({ listener, limit, clock, warn, onChange });
    if (listener.durable) return new DurableWork({ listener, limit, clock, warn, onChange });
    return new PassingWork(new ListenerRunner(listener, warn));
  }

  #newWakeup(): Wakeup {
    const wakeup = new Wakeup(this.#o.clock);
    this.#wakeups.push(wakeup);
    return wakeup;
  }

  /** A method that listens twice is two listeners. */
  #nameFor({ name }: MailEventListener): string {
    for (let i = 1; ; i++) {
      const wanted = i === 1 ? name : `${name}#${i}`;
      if (!this.#readers.has(wanted)) return wanted;
    }
  }

  #tellEverywhere(events: readonly RelayEvent[]): void {
    for (const event of events) {
      for (const runner of this.#everywhere) {
        const { types, filter } = runner.listener;
        if (types.includes(event.type) && matchesFilter(event, filter)) runner.run(event);
      }
    }
  }
}
