import { waitFor } from '../../clock/wait-for.js';
import type { Clock } from '../../core/schedule/clock.js';
import { matchesFilter } from '../mail-event-filter.js';
import type { MailEventListener } from '../mail-event-listener.js';
import type { EventLog, HeldReader } from './event-log.js';
import type { LogTrouble } from './log-trouble.js';
import type { ReaderWork } from './reader-work.js';
import type { Wakeup } from './wakeup.js';

export interface LogReaderOptions {
  readonly log: EventLog;
  /** By which the log knows the listener. */
  readonly name: string;
  readonly listener: MailEventListener;
  readonly clock: Clock;
  /** Who this process is, for people. */
  readonly owner: string;
  readonly wakeup: Wakeup;
  /** Makes the work of a hold that begins. */
  readonly newWork: () => ReaderWork;
  readonly trouble: LogTrouble;
}

const LEASE_MS = 5_000;
/** A lease that is not used up is extended in time, whatever the log takes to answer. */
const RENEW_MS = 1_500;
/** Progress is stored in groups: what is lost with the process is told again. */
const SAVE_MS = 500;
/** News may be lost. */
const POLL_MS = 1_000;
/** Between two tries to take a reader that another process holds. */
const TRY_AGAIN_MS = 1_500;
const PAGE = 500;
/** How long news is gathered before it is read. */
const GATHER_MS = 20;

/** One listener as a reader of the log: one process at a time holds it, reads on where the one before came to, and tells. */
export class LogReader {
  readonly #o: LogReaderOptions;
  #isStopped = false;
  #graceMs = 0;
  #run: Promise<void> | undefined;

  constructor(options: LogReaderOptions) {
    this.#o = options;
  }

  /** Resolves when the log answered whether this process may be the reader, or cannot answer. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#run ??= this.#holdOn(resolve);
    });
  }

  /** Stores how far it came, and lets another process go on. Calls under way have so long to end. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    // The rest of the time is for storing it.
    this.#graceMs = timeoutMs / 2;
    this.#o.wakeup.end();
    if (this.#run) await waitFor(this.#run, timeoutMs);
  }

  async #holdOn(onFirstTry: () => void): Promise<void> {
    const { log, name, owner, wakeup, trouble } = this.#o;
    while (!this.#isStopped) {
      try {
        const held = await log.hold(name, owner, LEASE_MS);
        trouble.ended();
        onFirstTry();
        if (held) await this.#serve(held);
        // News is for whoever holds it.
        else await wakeup.pause(TRY_AGAIN_MS);
      } catch (error) {
        onFirstTry();
        if (this.#isStopped) return;
        trouble.began(error);
        await wakeup.wait(POLL_MS);
      }
    }
  }

  async #serve(held: HeldReader): Promise<void> {
    const work = this.#o.newWork();
    try {
      const position = await this.#readOn(held, work);
      if (position === undefined) return;
      work.stop();
      await waitFor(work.settled(), this.#graceMs);
      await held.save({ position, waiting: work.unfinished() }, LEASE_MS);
      await held.release();
    } finally {
      // Whoever holds it next tells what is not done.
      work.stop();
    }
  }

  /** Where it came to when it was stopped; undefined when the hold was lost. */
  async #readOn(held: HeldReader, work: ReaderWork): Promise<string | undefined> {
    const { log, clock, listener } = this.#o;
    let { position } = held.progress;
    await this.#takeWaiting(held, work);
    let saved = JSON.stringify([position, work.unfinished()]);
    let savedAt = clock.steady();
    let isUnsaved = false;
    while (!this.#isStopped) {
      let isIdle = true;
      const limit = Math.min(PAGE, work.room);
      if (limit > 0) {
        const page = await log.read({ after: position, limit, types: listener.types });
        isIdle = page.position === position || page.events.length < limit;
        isUnsaved ||= page.position !== position;
        position = page.position;
        work.take(page.events.filter(({ event }) => matchesFilter(event, listener.filter)));
      }
      work.startDue();
      const since = clock.steady() - savedAt;
      if (since >= RENEW_MS || (isUnsaved && since >= SAVE_MS)) {
        const waiting = work.unfinished();
        const progress = JSON.stringify([position, waiting]);
        if (since >= RENEW_MS || progress !== saved) {
          if (!(await held.save({ position, waiting }, LEASE_MS))) return undefined;
          saved = progress;
          savedAt = clock.steady();
        }
        // What is under way now is done later, and that has to be stored too.
        isUnsaved = waiting.length > 0;
      }
      if (isIdle) await this.#rest(work, isUnsaved);
    }
    return this.#readRest(position, work);
  }

  /** What happened before the stop is told too, as far as there is room and time. @returns where it came to */
  async #readRest(from: string, work: ReaderWork): Promise<string> {
    const { log, clock, listener } = this.#o;
    const until = clock.steady() + this.#graceMs / 2;
    let position = from;
    for (;;) {
      const limit = Math.min(PAGE, work.room);
      if (limit === 0 || clock.steady() > until) return position;
      const page = await log.read({ after: position, limit, types: listener.types });
      if (page.position === position) return position;
      position = page.position;
      work.take(page.events.filter(({ event }) => matchesFilter(event, listener.filter)));
    }
  }

  /** Until there is news, or something to do; never less than a moment, so that news of many mails is read together. */
  async #rest(work: ReaderWork, isUnsaved: boolean): Promise<void> {
    const { clock, listener, wakeup } = this.#o;
    const due = work.nextDueAt();
    const untilDue = due === undefined ? POLL_MS : Math.max(1, due - clock.now());
    await wakeup.wait(Math.min(isUnsaved ? SAVE_MS : POLL_MS, untilDue));
    await wakeup.pause(listener.gatherMs ?? GATHER_MS);
  }

  /** What another process read and did not finish. */
  async #takeWaiting({ progress }: HeldReader, work: ReaderWork): Promise<void> {
    if (progress.waiting.length === 0) return;
    const waited = new Map(progress.waiting.map((one) => [one.position, one]));
    work.take(await this.#o.log.get(Array.from(waited.keys())), waited);
  }
}
