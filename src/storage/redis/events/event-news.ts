import type { RedisClient } from '../redis-client.js';
import { NEWS_MS } from '../scripts/store-events.js';

/** A little longer than a message is news for: the timers of the two machines are not one. */
const LOOK_AGAIN_MS = NEWS_MS + 10;

/** Tells those who wait, in this process, that something was stored, by whichever process. */
export class EventNews {
  readonly #subscriber: RedisClient;
  readonly #channel: string;
  readonly #waiting = new Set<() => void>();
  #isSubscribed = false;
  #again: NodeJS.Timeout | undefined;

  /** @param subscriber a connection that only listens, and that somebody else opens and closes */
  constructor(subscriber: RedisClient, channel: string) {
    this.#subscriber = subscriber;
    this.#channel = channel;
  }

  watch(onNews: () => void): () => void {
    // Two who wait with one function are two.
    const tell = (): void => onNews();
    this.#waiting.add(tell);
    this.#subscribe();
    return () => {
      this.#waiting.delete(tell);
      if (this.#waiting.size === 0) clearTimeout(this.#again);
    };
  }

  #subscribe(): void {
    if (this.#isSubscribed) return;
    this.#isSubscribed = true;
    this.#subscriber.on('message', (channel: string) => {
      if (channel === this.#channel) this.#news();
    });
    // What was stored while the connection was away has no message any more.
    this.#subscriber.on('ready', () => this.#tell());
    // A connection that is made again subscribes again.
    this.#subscriber.subscribe(this.#channel).catch(() => undefined);
  }

  /** Steps that follow within the time of one message have none of their own. */
  #news(): void {
    this.#tell();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#tell(), LOOK_AGAIN_MS);
    this.#again.unref();
  }

  #tell(): void {
    for (const tell of this.#waiting) tell();
  }
}
