import type { Log } from '../../../core/log.js';
import type { RedisLink } from '../redis-link.js';
import { isList, text } from '../stored-mail.js';
import type { RedisSpoolSettings } from '../redis-spool-settings.js';
import type { EventRetention } from './event-retention.js';

const TIMEOUT_MS = 5_000;
const MINUTE_MS = 60_000;
/** For processes that were away for a moment and follow the log without being one of its readers, milliseconds. */
const RECENT_MS = 10 * MINUTE_MS;
/** A listener that nobody has had for so long is forgotten, milliseconds. */
const FORGET_READER_MS = 30 * 24 * 60 * MINUTE_MS;
/** Entries in one call: more would keep Redis from others. */
const AT_ONCE = 20_000;

/** Forgets what of the event log nobody needs any more, and says so when somebody did. */
export class EventTrimmer {
  readonly #link: RedisLink;
  readonly #s: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'>;
  readonly #retention: EventRetention;
  readonly #log: Log;

  constructor(
    link: RedisLink,
    settings: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock' | 'log'>,
    retention: EventRetention,
  ) {
    this.#link = link;
    this.#s = settings;
    this.#retention = retention;
    this.#log = settings.log;
  }

  async trim(): Promise<void> {
    const { clock, leaseClock } = this.#s;
    const { eventsMs, maxEvents } = this.#retention;
    const behind = new Set<string>();
    for (;;) {
      const answer = await this.#link.run(
        'trimEvents',
        [clock.now(), leaseClock?.() ?? '', RECENT_MS, eventsMs, maxEvents, AT_ONCE, FORGET_READER_MS],
        { what: 'forget old events', timeoutMs: TIMEOUT_MS },
      );
      if (!isList(answer)) break;
      const [gone, ...readers] = answer;
      for (const reader of readers) behind.add(text(reader));
      // Whole nodes of the stream go: one less than the limit is as many as there may be.
      if (Number(gone) < AT_ONCE / 2) break;
    }
    if (behind.size === 0) return;
    this.#log.error(
      `Events were forgotten that these listeners have not heard: ${Array.from(behind).join(', ')}. They were beyond ` +
        'retention.eventsMs or retention.maxEvents; find out why these listeners do not get on.',
    );
  }
}
