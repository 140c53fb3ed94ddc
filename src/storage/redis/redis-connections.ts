import { Redis, type RedisOptions } from 'ioredis';
import { waitFor } from '../../clock/wait-for.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { RedisClient } from './redis-client.js';

/**
 * What a connection is for. `spool`: mails. `queue`: rings. `limits`: shared limits. `subscriber` and `blocking`: only
 * listen and wait; these two must be made with `maxRetriesPerRequest: null` and `enableReadyCheck: false`.
 *
 * @publicApi
 */
export type RedisPurpose = 'spool' | 'queue' | 'limits' | 'subscriber' | 'blocking';

/** Where Redis is: a URL, or the options of ioredis, with a URL among them if you like. @publicApi */
export type RedisAddress = string | (RedisOptions & { readonly url?: string | undefined });

/** How to get connections: one of the two. @publicApi */
export interface RedisConnectionOptions {
  /** A URL (`redis://`, `rediss://`), or the options of ioredis: host, path or sentinels. */
  readonly redis?: RedisAddress | undefined;
  /** Makes each connection, for example to a cluster. The relay ends what it was given. */
  readonly createClient?: ((purpose: RedisPurpose) => RedisClient) | undefined;
}

/** The longest time between two tries to connect again, milliseconds. */
const RECONNECT_MS = 1_000;
/** How long connections may take to end in an orderly way, milliseconds. */
const QUIT_MS = 500;
const KEEP_ALIVE_MS = 10_000;
const CONNECT_MS = 5_000;
/** A Redis that owes an answer for so long is not there any more, whatever its connection says, milliseconds. */
const SILENCE_MS = 10_000;
/** A blocking command waits 5 seconds in Redis before it is late. */
const BLOCKING_SILENCE_MS = 20_000;

/** The connections of one relay in this process, made when first asked for and ended together. */
export class RedisConnections {
  readonly #options: RedisConnectionOptions;
  readonly #open = new Set<RedisClient>();

  /** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` when it is not said where Redis is */
  constructor(options: RedisConnectionOptions) {
    checkAddress(options);
    this.#options = options;
  }

  /** A new connection; it goes on trying to connect for as long as it is open. */
  connect(purpose: RedisPurpose): RedisClient {
    const { createClient } = this.#options;
    const client = createClient ? createClient(purpose) : this.#connect(purpose);
    // Without a listener a lost connection ends the process; what is asked of it tells of the loss.
    client.on('error', () => undefined);
    this.#open.add(client);
    return client;
  }

  async close(): Promise<void> {
    const clients = Array.from(this.#open);
    this.#open.clear();
    await Promise.all(clients.map(quit));
  }

  #connect(purpose: RedisPurpose): RedisClient {
    const { redis } = this.#options;
    const { url, ...given } = typeof redis === 'string' ? { url: redis } : (redis ?? {});
    const options: RedisOptions = {
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_MS),
      // After a failover the old master refuses writes: the name has to be looked up again.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
      connectTimeout: CONNECT_MS,
      keepAlive: KEEP_ALIVE_MS,
      ...given,
      ...SETTINGS[purpose],
    };
    return url === undefined ? new Redis(options) : new Redis(url, options);
  }
}

/** What each purpose needs, whatever is given. */
const SETTINGS: Readonly<Record<RedisPurpose, RedisOptions>> = {
  // A call that was lost with its connection is told at once: whoever called knows whether to repeat it.
  spool: { maxRetriesPerRequest: 0, socketTimeout: SILENCE_MS },
  queue: { maxRetriesPerRequest: 0, enableAutoPipelining: true, socketTimeout: SILENCE_MS },
  limits: { maxRetriesPerRequest: 0, socketTimeout: SILENCE_MS },
  subscriber: { maxRetriesPerRequest: null, enableReadyCheck: false },
  blocking: { maxRetriesPerRequest: null, enableReadyCheck: false, socketTimeout: BLOCKING_SILENCE_MS },
};

function checkAddress({ redis, createClient }: RedisConnectionOptions): void {
  if (createClient !== undefined) {
    if (redis === undefined && typeof createClient === 'function') return;
    throw badOption('createClient', 'give a function, or redis, and not both');
  }
  const url = typeof redis === 'string' ? redis : redis?.url;
  if (redis === undefined || redis === null || redis === '') {
    throw badOption('redis', 'is missing: give a URL such as redis://host:6379 or rediss://host:6379');
  }
  if (url === undefined) {
    const { host, path, sentinels } = redis as RedisOptions;
    if (host === undefined && path === undefined && sentinels === undefined) {
      throw badOption('redis', 'names no server: give host, path, sentinels or url');
    }
    return;
  }
  if (!URL.canParse(url) || !['redis:', 'rediss:'].includes(new URL(url).protocol)) {
    throw badOption('redis', 'is not a URL that begins with redis:// or rediss://');
  }
}

function badOption(field: string, problem: string): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The option ${field} of withBull ${problem}. Nothing is guessed: without it mail would go to whatever Redis runs on this machine.`,
    { field },
  );
}

async function quit(client: RedisClient): Promise<void> {
  if (client.status === 'ready') {
    await waitFor(
      client.quit().catch(() => undefined),
      QUIT_MS,
    );
  }
  client.disconnect();
  // ioredis leaves the timer of `socketTimeout` behind, which keeps the process alive for as long.
  clearTimeout((client as { readonly socketTimeoutTimer?: NodeJS.Timeout }).socketTimeoutTimer);
}
