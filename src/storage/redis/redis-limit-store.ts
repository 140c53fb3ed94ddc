import {
  IDLE_LINE_WAIT_MS,
  LimitStore,
  QUOTA_PACE_MS,
  WAIT_MS,
  type SlotAnswer,
  type SlotRequest,
} from '../../limits/limit-store.js';
import type { Limit } from '../../limits/limit.js';
import { answered } from './answered.js';
import type { RedisClient } from './redis-client.js';
import { RedisScript } from './redis-script.js';
import { GIVE_BACK, TAKE_SLOT } from './take-slot.lua.js';

export interface RedisLimitStoreOptions {
  /** A connection that somebody else opens and closes. */
  readonly client: RedisClient;
  /** Stands before every key and holds a hash tag, so that a cluster keeps them together: `{shop}:default:limits:`. */
  readonly prefix: string;
  /** How long Redis may take to answer, milliseconds. @default 2000 */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 2_000;

/** Counts in Redis, for all processes that share the prefix: one script call per message, whatever its limits. */
export class RedisLimitStore extends LimitStore {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #take = new RedisScript(TAKE_SLOT);
  readonly #giveBack = new RedisScript(GIVE_BACK);

  constructor({ client, prefix, timeoutMs = DEFAULT_TIMEOUT_MS }: RedisLimitStoreOptions) {
    super();
    this.#redis = client;
    this.#prefix = prefix;
    this.#timeoutMs = timeoutMs;
  }

  override async take({ limits, count, line, returning }: SlotRequest): Promise<SlotAnswer> {
    const keys = limits.flatMap((limit) => [this.#key(limit), `${this.#key(limit)}:lines`]);
    const args = [count, line, returning ? 1 : 0, WAIT_MS, IDLE_LINE_WAIT_MS, QUOTA_PACE_MS];
    const perLimit = limits.flatMap(({ kind, max, periodMs }) => [kind, max, periodMs]);
    const answer = await answered(this.#take.run(this.#redis, keys, [...args, ...perLimit]), this.#timeoutMs);
    const [isSlot, ...rest] = answer as readonly (number | string)[];
    const [first = 0, second = 0, third = 0] = rest.map(Number);
    if (isSlot === 1) return { kind: 'slot', inMs: first, windows: rest.slice(1).map(Number) };
    return { kind: 'full', limit: first, freeInMs: second, comeBackInMs: third };
  }

  override async giveBack(
    limits: readonly Limit[],
    count: number,
    windows: readonly number[],
  ): Promise<void> {
    const quotas = limits
      .map((limit, i) => ({ limit, window: windows[i] ?? 0 }))
      .filter(({ limit }) => limit.kind === 'quota');
    if (quotas.length === 0) return;
    const keys = quotas.map(({ limit }) => this.#key(limit));
    await answered(
      this.#giveBack.run(this.#redis, keys, [count, ...quotas.map(({ window }) => window)]),
      this.#timeoutMs,
    );
  }

  #key({ key }: Limit): string {
    return this.#prefix + key;
  }
}
