import { waitFor } from '../../clock/wait-for.js';
import type { RelayEvent } from '../relay-event.js';
import type { EventLog } from './event-log.js';
import type { LogTrouble } from './log-trouble.js';
import type { Wakeup } from './wakeup.js';

export interface LogTailOptions {
  readonly log: EventLog;
  readonly wakeup: Wakeup;
  /** How many more events are taken. */
  readonly room: () => number;
  readonly tell: (events: readonly RelayEvent[]) => void;
  readonly trouble: LogTrouble;
}

/** News may be lost. */
const POLL_MS = 1_000;
const PAGE = 500;
/** How long news is gathered before it is read. */
const GATHER_MS = 20;

/** Follows the log from when this process started, for listeners that every process has for itself. */
export class LogTail {
  readonly #o: LogTailOptions;
  #isStopped = false;
  #run: Promise<void> | undefined;

  constructor(options: LogTailOptions) {
    this.#o = options;
  }

  /** Resolves when it knows where it begins, or the log cannot answer. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#run ??= this.#follow(resolve);
    });
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    this.#o.wakeup.end();
    if (this.#run) await waitFor(this.#run, timeoutMs);
  }

  async #follow(onFirstTry: () => void): Promise<void> {
    const { log, wakeup, room, tell, trouble } = this.#o;
    let position: string | undefined;
    while (!this.#isStopped) {
      try {
        position ??= await log.end();
        onFirstTry();
        const limit = Math.min(PAGE, room());
        const page = limit > 0 ? await log.read({ after: position, limit }) : { events: [], position };
        tell(page.events.map(({ event }) => event));
        trouble.ended();
        const isIdle = page.position === position || page.events.length < limit;
        position = page.position;
        if (!isIdle) continue;
        await wakeup.wait(POLL_MS);
        await wakeup.pause(GATHER_MS);
      } catch (error) {
        onFirstTry();
        if (this.#isStopped) return;
        trouble.began(error);
        await wakeup.wait(POLL_MS);
      }
    }
  }
}
