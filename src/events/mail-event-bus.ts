import { Observable, Subject } from 'rxjs';
import { waitFor } from '../clock/wait-for.js';
import type { EventLog } from './log/event-log.js';
import type { MailEvent } from './mail-event.js';
import { matchesFilter } from './mail-event-filter.js';
import type { MailEventListener } from './mail-event-listener.js';
import { runnerFor, type EventRunner } from './event-runner.js';
import type { LogDispatcher } from './log/log-dispatcher.js';
import { isMailEvent, type RelayEvent, type RelayEventType } from './relay-event.js';

/** Publishes what became of each mail, and of the transports. `mailer` and `relay` publish and never subscribe. */
export abstract class MailEventPublisher {
  /**
   * Tells what a step of the spool brought and, where there is an event log, stored. Returns at once; listeners hear the
   * events later, in this order.
   */
  abstract publish(events: readonly RelayEvent[]): void;

  /**
   * Tells what no step of the spool brought: stored first, where there is an event log. For whoever can be asked again:
   * rejects when it cannot be stored, and then nobody was told.
   */
  abstract keep(events: readonly RelayEvent[]): Promise<void>;

  /** As `keep()`, for what happened already. Never rejects: what cannot be stored is logged, and told in this process. */
  abstract record(events: readonly RelayEvent[]): Promise<void>;
}

export interface MailEventBusOptions {
  /** Told of a listener that fails or falls behind. */
  readonly warn: (message: string, error?: unknown) => void;
  /** Where events are kept, and what tells listeners from there; absent where events live in this process only. */
  readonly kept?: { readonly log: EventLog; readonly dispatcher: LogDispatcher } | undefined;
}

/** How long one turn of telling may hold the event loop, milliseconds. */
const TURN_MS = 5;

/**
 * Events within one process. They are told outside the path of delivery, in the order of publishing, a slice of time
 * per turn of the event loop, so that listeners never delay a mail.
 */
export class MailEventBus extends MailEventPublisher {
  /**
   * Every event about a mail of this relay in this process. Hot: who subscribes late has missed what was before. As everywhere in
   * rxjs, an observer that throws is reported as an uncaught exception: handle errors in the observer.
   */
  readonly events$: Observable<MailEvent>;
  readonly #subject = new Subject<MailEvent>();
  readonly #warn: MailEventBusOptions['warn'];
  readonly #kept: MailEventBusOptions['kept'];
  readonly #runners = new Map<RelayEventType, EventRunner[]>();
  #queue: RelayEvent[] = [];
  #turn: Promise<void> | undefined;
  #open = false;

  constructor(options: MailEventBusOptions) {
    super();
    this.#warn = options.warn;
    this.#kept = options.kept;
    this.events$ = this.#subject.asObservable();
  }

  listen(listener: MailEventListener): void {
    this.#kept?.dispatcher.listen(listener);
    if (listener.durable && !this.#kept && !listener.isOwn) {
      this.#warn(
        `Listener ${listener.name} asks to be durable, and nothing here keeps events: it is told once. Add a storage that does.`,
      );
    }
    const runner = runnerFor(listener, this.#warn);
    for (const type of new Set(listener.types)) {
      const runners = this.#runners.get(type);
      if (runners) runners.push(runner);
      else this.#runners.set(type, [runner]);
    }
  }

  publish(events: readonly RelayEvent[]): void {
    const isHeard = this.#subject.observed || (this.#runners.size > 0 && !this.#kept);
    if (this.#open && !isHeard) return;
    if (events.length === 0) return;
    for (const event of events) this.#queue.push(event);
    if (this.#open) this.#turn ??= this.#tell();
  }

  async keep(events: readonly RelayEvent[]): Promise<void> {
    if (events.length > 0) await this.#kept?.log.append(events);
    this.publish(events);
  }

  async record(events: readonly RelayEvent[]): Promise<void> {
    try {
      await this.keep(events);
    } catch (error) {
      this.#warn(
        'The event log could not be written: other processes and a restart miss these events.',
        error,
      );
      for (const event of events) this.#run(event);
      this.publish(events);
    }
  }

  /**
   * Begins to tell; what was published before, while listeners were still being found, is told first. Resolves when what
   * is stored in an event log from now on is heard.
   */
  async open(): Promise<void> {
    this.#open = true;
    if (this.#queue.length > 0) this.#turn ??= this.#tell();
    await this.#kept?.dispatcher.start();
  }

  /**
   * Resolves when every event so far was told and its listeners have ended, or when the time is over. What is kept in an
   * event log is told by another process, or after the next start.
   */
  async drain(timeoutMs: number): Promise<void> {
    await this.#kept?.dispatcher.stop(timeoutMs);
    await waitFor(this.#allTold(), timeoutMs);
  }

  close(): void {
    this.#subject.complete();
  }

  async #allTold(): Promise<void> {
    while (this.#turn) await this.#turn;
    const runners = new Set(Array.from(this.#runners.values()).flat());
    await Promise.all(Array.from(runners, (runner) => runner.settled()));
  }

  async #tell(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise(setImmediate);
      const events = this.#queue;
      this.#queue = [];
      const until = performance.now() + TURN_MS;
      let told = 0;
      for (const event of events) {
        if (isMailEvent(event)) this.#subject.next(event);
        // Listeners hear from the log what is kept in it.
        if (!this.#kept) this.#run(event);
        told++;
        if (performance.now() > until) break;
      }
      if (told < events.length) this.#queue = events.slice(told).concat(this.#queue);
    }
    this.#turn = undefined;
  }

  #run(event: RelayEvent): void {
    for (const runner of this.#runners.get(event.type) ?? []) {
      if (matchesFilter(event, runner.listener.filter)) runner.run(event);
    }
  }
}
