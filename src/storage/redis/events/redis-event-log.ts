import { randomBytes } from 'node:crypto';
import {
  EventLog,
  type HeldReader,
  type LoggedEvent,
  type LogPage,
  type LogRequest,
} from '../../../events/log/event-log.js';
import type { RelayEvent } from '../../../events/relay-event.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisSpoolSettings } from '../redis-spool-settings.js';
import type { ScriptAnswer, ScriptArgument, ScriptName } from '../spool-scripts.js';
import { isList, text } from '../stored-mail.js';
import type { EventNews } from './event-news.js';
import { endOfEntry, placeOf, positionOf } from './event-position.js';
import { HeldRedisReader, readProgress } from './held-redis-reader.js';
import { packEvents, unpackEvents } from './packed-events.js';

const TIMEOUT_MS = 5_000;
/** How long the id of an appended event is remembered, milliseconds: longer than anybody repeats a lost call. */
const REMEMBER_MS = 10 * 60_000;
/** Events in one call of a script. */
const APPEND_AT_ONCE = 500;
/** Entries that are looked at for one page, when most of them hold nothing that was asked for. */
const LOOK_AT = 5_000;

type Entry = readonly [id: string, fields: readonly string[]];

/**
 * The event log in Redis: one stream, whose entries are the events of one step each, written by the scripts of the spool.
 * A position is the id of an entry and the place in it.
 */
export class RedisEventLog extends EventLog {
  readonly #link: RedisLink;
  readonly #s: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>;
  readonly #news: EventNews;

  constructor(
    link: RedisLink,
    settings: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>,
    news: EventNews,
  ) {
    super();
    this.#link = link;
    this.#s = settings;
    this.#news = news;
  }

  async append(events: readonly RelayEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += APPEND_AT_ONCE) {
      const some = events.slice(from, from + APPEND_AT_ONCE);
      const entries = some.flatMap((event) => [event.id, packEvents([event])]);
      await this.#run('appendEvents', 'store events', REMEMBER_MS, ...entries);
    }
  }

  async read({ after, limit, types }: LogRequest): Promise<LogPage> {
    const wanted = types && new Set(types);
    const found: LoggedEvent[] = [];
    let position = after;
    let looked = 0;
    while (found.length < limit && looked < LOOK_AT) {
      const count = limit - found.length + 1;
      const entries = await this.#entriesAfter(position, count);
      for (const entry of entries) {
        for (const logged of eventsOf(entry)) {
          if (logged.position <= position) continue;
          if (found.length === limit) return { events: found, position };
          position = logged.position;
          if (!wanted || wanted.has(logged.event.type)) found.push(logged);
        }
      }
      looked += entries.length;
      if (entries.length < count) break;
    }
    return { events: found, position };
  }

  async get(positions: readonly string[]): Promise<readonly LoggedEvent[]> {
    const wanted = new Set(positions);
    const ids = new Set(positions.map((position) => placeOf(position)?.id ?? ''));
    ids.delete('');
    const { client } = this.#link;
    const key = this.#key;
    // The commands of one turn go out together.
    const entries = await Promise.all(
      Array.from(ids, (id) => this.#ask('read events', () => client.xrange(key, id, id))),
    );
    return entries
      .flat()
      .flatMap(eventsOf)
      .filter(({ position }) => wanted.has(position))
      .toSorted((a, b) => (a.position < b.position ? -1 : 1));
  }

  async end(): Promise<string> {
    const id = await this.#run('endOfEvents', 'read events');
    return id === null ? '' : endOfEntry(text(id));
  }

  async hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined> {
    const token = randomBytes(16).toString('base64url');
    const answer = await this.#run('holdReader', 'take a reader', reader, token, owner, leaseMs);
    if (!isList(answer)) return undefined;
    const [position, waiting] = answer;
    return new HeldRedisReader({
      name: reader,
      token,
      progress: readProgress(text(position), text(waiting)),
      run: (...call) => this.#run(...call),
    });
  }

  watch(onNews: () => void): () => void {
    return this.#news.watch(onNews);
  }

  get #key(): string {
    return `${this.#s.base}x`;
  }

  /** Entries that have something after a position; the first one may have something before it too. */
  async #entriesAfter(position: string, count: number): Promise<readonly Entry[]> {
    const place = placeOf(position);
    const from = !place ? '-' : place.index === undefined ? `(${place.id}` : place.id;
    const { client } = this.#link;
    return this.#ask('read events', () => client.xrange(this.#key, from, '+', 'COUNT', count));
  }

  #run(name: ScriptName, what: string, ...args: readonly ScriptArgument[]): Promise<ScriptAnswer> {
    const { clock, leaseClock } = this.#s;
    const all = [clock.now(), leaseClock?.() ?? '', ...args];
    return this.#link.run(name, all, { what, timeoutMs: TIMEOUT_MS });
  }

  #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    return this.#link.ask(ask, { what, timeoutMs: TIMEOUT_MS });
  }
}

function eventsOf([id, fields]: Entry): readonly LoggedEvent[] {
  const events = unpackEvents(fields[1] ?? '');
  return events.map((event, i) => ({ position: positionOf(id, i, events.length), event }));
}
