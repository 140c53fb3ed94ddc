import {
  EventLog,
  type HeldReader,
  type LoggedEvent,
  type LogPage,
  type LogRequest,
} from '../../events/log/event-log.js';
import type { RelayEvent } from '../../events/relay-event.js';
import { storedEvents } from './events/stored-event.js';
import type { SpoolClient } from './thread/spool-client.js';

/** Events in one call: a mark never waits for thousands of them. */
const APPEND_AT_ONCE = 100;

/** The event log in a spool's file. One process has the file, so news of events never come from elsewhere. */
export class SqlEventLog extends EventLog {
  readonly #client: SpoolClient;
  readonly #watchers = new Set<() => void>();

  constructor(client: SpoolClient) {
    super();
    this.#client = client;
  }

  async append(events: readonly RelayEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += APPEND_AT_ONCE) {
      await this.#client.ask('appendEvents', [storedEvents(events.slice(from, from + APPEND_AT_ONCE))]);
    }
    if (events.length > 0) this.tell();
  }

  async read(request: LogRequest): Promise<LogPage> {
    return this.#client.ask('readEvents', [request]);
  }

  async get(positions: readonly string[]): Promise<readonly LoggedEvent[]> {
    return this.#client.ask('eventsAt', [positions]);
  }

  async end(): Promise<string> {
    return this.#client.ask('endOfEvents', []);
  }

  async hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined> {
    const client = this.#client;
    const held = await client.ask('holdReader', [reader, owner, leaseMs]);
    if (!held) return undefined;
    const { token, progress } = held;
    return {
      progress,
      save: (now, forMs) => client.ask('saveReader', [reader, token, now, forMs]),
      release: () => client.ask('releaseReader', [reader, token]),
    };
  }

  watch(onNews: () => void): () => void {
    this.#watchers.add(onNews);
    return () => void this.#watchers.delete(onNews);
  }

  /** Says that a step of the spool stored events. */
  tell(): void {
    for (const onNews of this.#watchers) onNews();
  }
}
