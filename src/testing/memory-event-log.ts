import type { Clock } from '../core/schedule/clock.js';
import type { RelayEvent } from '../events/relay-event.js';
import {
  EventLog,
  type HeldReader,
  type LoggedEvent,
  type LogPage,
  type LogRequest,
  type ReaderProgress,
} from '../events/log/event-log.js';

/** A reader as the log knows it. */
interface KnownReader {
  progress: ReaderProgress;
  /** Who holds it; undefined when nobody does. */
  token: object | undefined;
  leasedUntil: number;
}

/** Digits of a position, so that positions compare as text. */
const DIGITS = 16;

/**
 * An event log that lives as long as the process, and keeps everything: for tests of what reads one, and the model of what
 * every adapter must do.
 */
export class MemoryEventLog extends EventLog {
  readonly #clock: Clock;
  readonly #events: LoggedEvent[] = [];
  readonly #ids = new Set<string>();
  readonly #readers = new Map<string, KnownReader>();
  readonly #watchers = new Set<() => void>();

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  async append(events: readonly RelayEvent[]): Promise<void> {
    for (const event of events) {
      if (this.#ids.has(event.id)) continue;
      this.#ids.add(event.id);
      this.#events.push({ position: positionAfter(this.#events.length), event });
    }
    for (const onNews of this.#watchers) onNews();
  }

  async read({ after, limit, types }: LogRequest): Promise<LogPage> {
    const found: LoggedEvent[] = [];
    let position = after;
    for (const logged of this.#events.slice(Number(after))) {
      if (found.length === limit) break;
      ({ position } = logged);
      if (!types || types.includes(logged.event.type)) found.push(logged);
    }
    return { events: found, position };
  }

  async get(positions: readonly string[]): Promise<readonly LoggedEvent[]> {
    const wanted = new Set(positions);
    return this.#events.filter(({ position }) => wanted.has(position));
  }

  async end(): Promise<string> {
    return this.#events.at(-1)?.position ?? '';
  }

  async hold(name: string, _owner: string, leaseMs: number): Promise<HeldReader | undefined> {
    const reader = this.#readers.get(name) ?? {
      progress: { position: await this.end(), waiting: [] },
      token: undefined,
      leasedUntil: 0,
    };
    this.#readers.set(name, reader);
    if (reader.token && this.#clock.steady() < reader.leasedUntil) return undefined;
    const token = {};
    reader.token = token;
    reader.leasedUntil = this.#clock.steady() + leaseMs;
    return {
      progress: reader.progress,
      save: async (progress, forMs) => {
        if (reader.token !== token) return false;
        reader.progress = progress;
        reader.leasedUntil = this.#clock.steady() + forMs;
        return true;
      },
      release: async () => {
        if (reader.token === token) reader.token = undefined;
      },
    };
  }

  watch(onNews: () => void): () => void {
    this.#watchers.add(onNews);
    return () => void this.#watchers.delete(onNews);
  }
}

function positionAfter(events: number): string {
  return String(events + 1).padStart(DIGITS, '0');
}
