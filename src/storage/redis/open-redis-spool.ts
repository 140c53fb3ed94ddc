import { MailRelayError } from '../../core/mail-relay-error.js';
import { inspectRedis, type AssumedDurability } from './redis-durability.js';
import type { RedisLink } from './redis-link.js';
import { RedisSpool } from './redis-spool.js';
import { REDIS_SPOOL_DEFAULTS, type RedisSpoolSettings } from './redis-spool-settings.js';

/** How mail is kept in Redis. @publicApi */
export interface RedisSpoolOptions {
  /** How long the spool remembers, milliseconds. */
  readonly retention?:
    | {
        /** Outcomes and idempotency keys of finished mails. @default 7 days */
        readonly finishedMs?: number | undefined;
        /** Mails the relay gave up on, with their message. @default 30 days */
        readonly keptMs?: number | undefined;
        /** Events that a listener of the application has not heard yet. @default 3 days */
        readonly eventsMs?: number | undefined;
        /** How many steps with events are kept at most, heard or not; each takes about 250 bytes. @default 1000000 */
        readonly maxEvents?: number | undefined;
      }
    | undefined;
  /**
   * What receipts say where Redis does not tell how it keeps what is written, because CONFIG is not allowed: `true` is
   * `everysec`.
   *
   * @default false: receipts say `unknown`
   */
  readonly assumeDurable?: AssumedDurability | undefined;
}

/** How long Redis may take to be there when the application starts, milliseconds. */
const BOOT_TIMEOUT_MS = 10_000;

/**
 * Opens the spool, once it is known that this Redis keeps what it is given.
 *
 * @throws MailRelayError when Redis is not there, or would lose mail as it is configured
 */
export async function openRedisSpool(
  link: RedisLink,
  { retention = {}, assumeDurable }: RedisSpoolOptions,
  settings: Pick<RedisSpoolSettings, 'base' | 'clock' | 'leaseClock' | 'log' | 'onClose'>,
): Promise<RedisSpool> {
  const { durability, problems, warnings } = await link.ask(() => inspectRedis(link.client, assumeDurable), {
    what: 'be opened',
    timeoutMs: BOOT_TIMEOUT_MS,
    patient: true,
  });
  if (problems.length > 0) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      `This Redis would lose mail as it is configured. ${problems.join(' ')}`,
      { field: 'redis' },
    );
  }
  for (const warning of warnings) settings.log.warn(warning);
  const { finishedMs, keptMs, eventsMs, maxEvents } = REDIS_SPOOL_DEFAULTS.retention;
  const spool = new RedisSpool(link, {
    ...REDIS_SPOOL_DEFAULTS,
    ...settings,
    durability,
    retention: {
      finishedMs: retention.finishedMs ?? finishedMs,
      keptMs: retention.keptMs ?? keptMs,
      eventsMs: retention.eventsMs ?? eventsMs,
      maxEvents: retention.maxEvents ?? maxEvents,
    },
  });
  await spool.open();
  return spool;
}
