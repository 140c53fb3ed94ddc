/** The entry point `nestjs-mail-relay/bull`: mail in Redis, rings through Bull. */
export {
  withBull,
  type BullOptions,
  type BullPlace,
  type WithBullAsyncOptions,
  type WithBullOptions,
} from '../features/with-bull.js';
export type { RedisSpoolOptions } from '../storage/redis/open-redis-spool.js';
export type { RedisClient } from '../storage/redis/redis-client.js';
export type {
  RedisAddress,
  RedisConnectionOptions,
  RedisPurpose,
} from '../storage/redis/redis-connections.js';
export type { AssumedDurability } from '../storage/redis/redis-durability.js';
