import { BullModule, getQueueToken } from '@nestjs/bull';
import { Logger, type DynamicModule, type InjectionToken, type ModuleMetadata } from '@nestjs/common';
import type { Queue } from 'bull';
import { BreakerStore } from '../circuits/breaker-store.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { Clock } from '../core/schedule/clock.js';
import { EventLog } from '../events/log/event-log.js';
import type { MailRelayFeature } from '../mail-relay.feature.js';
import { SETTINGS } from '../mail-relay.tokens.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import { BullQueue } from '../queue/bull/bull-queue.js';
import { laneQueueOptions } from '../queue/bull/lane-queue.js';
import { JournalStore } from '../journal/journal-store.js';
import { LimitStore } from '../limits/limit-store.js';
import { MailQueue } from '../queue/mail-queue.js';
import { Spool } from '../spool/spool.js';
import type { RedisSpoolOptions } from '../storage/redis/open-redis-spool.js';
import type { RedisConnectionOptions } from '../storage/redis/redis-connections.js';
import { RelayRedis } from '../storage/redis/relay-redis.js';
import { SuppressionStore } from '../suppression/suppression-store.js';
import { checkBullOptions, checkBullPlace } from './bull-options.js';

/** Where Redis is, and how mail is kept in it. @publicApi */
export interface BullOptions extends RedisConnectionOptions, RedisSpoolOptions {}

/** What is known of the queue without asking anybody: it shapes the dependency graph. @publicApi */
export interface BullPlace {
  /**
   * Whose mail it is, among all that share this Redis: the name of the service. Two services with one namespace are one
   * relay; letters, digits and `-`.
   */
  readonly namespace: string;
  /**
   * The lanes that ring through Bull.
   *
   * @default the lanes of the relay
   */
  readonly lanes?: readonly string[] | undefined;
}

/** Options that are known when the module is defined. @publicApi */
export type WithBullOptions = BullPlace & BullOptions;

/** Options that come from a factory. @publicApi */
export interface WithBullAsyncOptions extends BullPlace, Pick<ModuleMetadata, 'imports'> {
  readonly inject?: readonly InjectionToken[] | undefined;
  // What Nest injects is known to whoever wrote `inject`.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...args: any[]) => BullOptions | Promise<BullOptions>;
}

const NAMESPACE = /^[A-Za-z\d][A-Za-z\d-]{0,63}$/;

/**
 * Keeps mail in Redis and rings through Bull, so that any number of processes can queue and send. Needs the packages
 * `@nestjs/bull`, `bull` and `ioredis`.
 *
 * @example
 * ```ts
 * MailRelayModule.forRootAsync({
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({ from: config.getOrThrow('MAIL_FROM') }),
 *   features: [
 *     withBull({
 *       namespace: 'shop',
 *       inject: [ConfigService],
 *       useFactory: (config: ConfigService) => ({ redis: config.getOrThrow('REDIS_URL') }),
 *     }),
 *   ],
 * })
 * ```
 * @publicApi
 */
export function withBull(
  options: WithBullOptions | WithBullAsyncOptions,
): (relay: string, lanes: readonly string[]) => MailRelayFeature {
  checkNamespace(options.namespace);
  checkBullPlace(options);
  return (relay, lanes) => bullFeature(options, relay, lanesOf(options, lanes));
}

function bullFeature(
  options: WithBullOptions | WithBullAsyncOptions,
  relay: string,
  lanes: readonly string[],
): MailRelayFeature {
  const redis = `nestjs-mail-relay:${relay}:redis`;
  const connections = redisModule(options, relay, redis);
  const configKey = `nestjs-mail-relay:${relay}`;
  const names = lanes.map((lane) => queueName(relay, lane));
  return {
    imports: [
      connections,
      // Under a key of their own the queues take nothing from the application's BullModule.forRoot().
      BullModule.forRoot(configKey, {}),
      BullModule.registerQueueAsync(
        ...names.map((name) => ({
          name,
          configKey,
          imports: [connections],
          inject: [redis],
          useFactory: (found: RelayRedis) => laneQueueOptions(found.prefix, (type) => found.forBull(type)),
        })),
      ),
    ],
    providers: [
      {
        provide: Spool,
        inject: [redis, Clock],
        useFactory: (found: RelayRedis, clock: Clock) => found.openSpool(clock),
      },
      {
        provide: EventLog,
        inject: [redis, Clock],
        useFactory: (found: RelayRedis, clock: Clock) => found.openEventLog(clock),
      },
      {
        provide: SuppressionStore,
        inject: [redis],
        useFactory: (found: RelayRedis) => found.openSuppressions(),
      },
      {
        provide: JournalStore,
        inject: [redis, Clock, SETTINGS],
        useFactory: (found: RelayRedis, clock: Clock, { journal }: ResolvedOptions) =>
          found.openJournal(clock, journal === false ? {} : journal),
      },
      { provide: LimitStore, inject: [redis], useFactory: (found: RelayRedis) => found.openLimits() },
      {
        provide: BreakerStore,
        inject: [redis, Clock],
        useFactory: (found: RelayRedis, clock: Clock) => found.openCircuits(clock),
      },
      {
        provide: MailQueue,
        inject: [redis, ...names.map((name) => getQueueToken(name))],
        useFactory: (found: RelayRedis, ...queues: Queue[]) =>
          new BullQueue({
            queues: new Map(queues.map((queue, i) => [lanes[i] ?? '', queue])),
            whenWell: () => found.health.whenWell(),
            disconnect: () => found.closeQueue(),
            log: loggerOf(relay),
          }),
      },
    ],
  };
}

/** A module that lives once for each call of `withBull`, and is imported by the relay and by Bull. */
function redisModule(
  options: WithBullOptions | WithBullAsyncOptions,
  relay: string,
  token: string,
): DynamicModule {
  class MailRelayRedisModule {}
  const asynchronous = 'useFactory' in options;
  return {
    module: MailRelayRedisModule,
    imports: asynchronous ? (options.imports ?? []) : [],
    providers: [
      {
        provide: token,
        inject: asynchronous ? [...(options.inject ?? [])] : [],
        useFactory: async (...args: unknown[]) => {
          const given = asynchronous ? await options.useFactory(...args) : options;
          checkBullOptions(given);
          return new RelayRedis({ ...given, namespace: options.namespace, relay, log: loggerOf(relay) });
        },
      },
    ],
    exports: [token],
  };
}

/** What a dashboard shows. */
function queueName(relay: string, lane: string): string {
  return relay === 'default' ? `mail.${lane}` : `mail.${relay}.${lane}`;
}

function loggerOf(relay: string): Logger {
  return new Logger(relay === 'default' ? 'MailRelay' : `MailRelay:${relay}`);
}

function lanesOf({ lanes }: BullPlace, ofRelay: readonly string[]): readonly string[] {
  const missing = lanes && ofRelay.find((lane) => !lanes.includes(lane));
  if (missing === undefined) return lanes ?? ofRelay;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The option lanes of withBull leaves out "${missing}", a lane of the relay: nobody would hear its rings. ` +
      'Leave the option out, or name every lane.',
    { field: 'lanes' },
  );
}

function checkNamespace(namespace: unknown): void {
  if (typeof namespace === 'string' && NAMESPACE.test(namespace)) return;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    'The option namespace of withBull is missing, or not made of letters, digits and -. Give the name of the service: ' +
      'services that share a Redis share mail when they share it.',
    { field: 'namespace' },
  );
}
