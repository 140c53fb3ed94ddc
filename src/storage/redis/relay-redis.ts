import { SystemClock } from '../../clock/system-clock.js';
import type { Clock } from '../../core/schedule/clock.js';
import type { Log } from '../../core/log.js';
import type { BreakerStore } from '../../circuits/breaker-store.js';
import type { EventLog } from '../../events/log/event-log.js';
import { journalRetention, type GivenRetention } from '../../journal/journal-retention.js';
import type { JournalStore } from '../../journal/journal-store.js';
import type { LimitStore } from '../../limits/limit-store.js';
import type { Spool } from '../../spool/spool.js';
import type { SuppressionStore } from '../../suppression/suppression-store.js';
import { EventNews } from './events/event-news.js';
import { RedisEventLog } from './events/redis-event-log.js';
import { RedisJournal } from './journal/redis-journal.js';
import { openRedisSpool, type RedisSpoolOptions } from './open-redis-spool.js';
import type { RedisClient } from './redis-client.js';
import { RedisBreakerStore } from './redis-breaker-store.js';
import { RedisConnections, type RedisConnectionOptions } from './redis-connections.js';
import { RedisHealth } from './redis-health.js';
import { RedisLimitStore } from './redis-limit-store.js';
import { RedisLink } from './redis-link.js';
import { RedisSuppressionStore } from './redis-suppression-store.js';
import type { RedisSpoolSettings } from './redis-spool-settings.js';

export interface RelayRedisOptions extends RedisConnectionOptions, RedisSpoolOptions {
  readonly namespace: string;
  readonly relay: string;
  readonly log: Log;
}

/** What Bull asks connections for. */
export type BullPurpose = 'client' | 'subscriber' | 'bclient';

/** Half a gigabyte, at about 1 KB a mail: memory that nobody asked for is not taken without end. */
const MAX_JOURNAL_MAILS = 500_000;
const PROBE_TIMEOUT_MS = 5_000;

/** The Redis of one relay in this process: its keys, its connections, and how it is. */
export class RelayRedis {
  /** What the keys of Bull begin with. The hash tag keeps everything of a relay on one server of a cluster. */
  readonly prefix: string;
  readonly health: RedisHealth;
  readonly #o: RelayRedisOptions;
  readonly #queue: RedisConnections;
  readonly #spool: RedisConnections;
  #limitClient: RedisClient | undefined;
  #subscriberClient: RedisClient | undefined;
  readonly #shared = new Map<BullPurpose, RedisClient>();
  #knownLink: RedisLink | undefined;

  constructor(options: RelayRedisOptions) {
    this.#o = options;
    this.prefix = `{${options.namespace}:${options.relay}}`;
    this.#queue = new RedisConnections(options);
    this.#spool = new RedisConnections(options);
    this.health = new RedisHealth({
      clock: new SystemClock(),
      log: options.log,
      probe: () => this.#probe(),
    });
  }

  /** A connection for Bull; each blocking one is of its own, the others are shared by all lanes. */
  forBull(type: BullPurpose): RedisClient {
    if (type === 'bclient') return neverRefusing(this.#queue.connect('blocking'));
    const known = this.#shared.get(type);
    if (known) return known;
    const client = this.#queue.connect(type === 'client' ? 'queue' : 'subscriber');
    // Each lane listens to it.
    client.setMaxListeners(0);
    this.#shared.set(type, client);
    return client;
  }

  async openSpool(clock: Clock): Promise<Spool> {
    const { log } = this.#o;
    try {
      return await openRedisSpool(this.#link, this.#o, {
        ...this.#keysAndTime(clock),
        log,
        onClose: () => this.#closeSpool(),
      });
    } catch (error) {
      await this.#closeSpool();
      throw error;
    }
  }

  /** Limits that every process of this relay shares. */
  openLimits(): LimitStore {
    return new RedisLimitStore({ client: this.#limits(), prefix: `${this.prefix}:limits:` });
  }

  /** What every process of this relay publishes; its steps are written by the spool. */
  openEventLog(clock: Clock): EventLog {
    const news = new EventNews(this.#subscriber, `${this.prefix}:x`);
    return new RedisEventLog(this.#link, this.#keysAndTime(clock), news);
  }

  /** The history of every process's mails. */
  openJournal(clock: Clock, retention: GivenRetention = {}): JournalStore {
    return new RedisJournal(
      this.#link,
      this.#keysAndTime(clock),
      journalRetention(retention, MAX_JOURNAL_MAILS),
    );
  }

  /** Who is not mailed, by whichever process. */
  openSuppressions(): SuppressionStore {
    return new RedisSuppressionStore(this.#link, `${this.prefix}:`);
  }

  /** Circuits that every process of this relay shares. */
  openCircuits(clock: Clock): BreakerStore {
    return new RedisBreakerStore({
      client: this.#limits(),
      subscriber: this.#subscriber,
      clock,
      prefix: `${this.prefix}:`,
    });
  }

  async closeQueue(): Promise<void> {
    await this.#queue.close();
  }

  /** The spool's, and that of what lies beside it. */
  get #link(): RedisLink {
    if (this.#knownLink) return this.#knownLink;
    const link = new RedisLink(this.#spool.connect('spool'), `${this.prefix}:`);
    link.watch((error) => this.health.failed(error));
    return (this.#knownLink = link);
  }

  get #subscriber(): RedisClient {
    return (this.#subscriberClient ??= this.#spool.connect('subscriber'));
  }

  #keysAndTime(clock: Clock): Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock'> {
    return {
      base: `${this.prefix}:`,
      clock,
      // Leases live by the time of Redis, but for tests that move time by hand.
      leaseClock: clock instanceof SystemClock ? undefined : () => clock.now(),
    };
  }

  #limits(): RedisClient {
    return (this.#limitClient ??= this.#spool.connect('limits'));
  }

  async #closeSpool(): Promise<void> {
    this.health.close();
    this.#knownLink?.close();
    await this.#spool.close();
  }

  /** A write, because a Redis that only reads is not well; on the connection that is to be well. */
  async #probe(): Promise<void> {
    const link = this.#link;
    await link?.ask(() => link.client.set(`${this.prefix}:h`, '1', 'PX', 60_000), {
      what: 'write',
      timeoutMs: PROBE_TIMEOUT_MS,
    });
  }
}

/**
 * Bull connects again when it pauses, and names its connection, and nobody hears of it when that fails: the process
 * would end.
 */
function neverRefusing(client: RedisClient): RedisClient {
  const connect = client.connect.bind(client);
  const name = client.client.bind(client) as (...args: readonly unknown[]) => Promise<unknown>;
  return Object.assign(client, {
    connect: async () => {
      await connect().catch(() => undefined);
    },
    client: async (...args: readonly unknown[]) => name(...args).catch(() => undefined),
  });
}
