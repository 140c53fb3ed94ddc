import type { Clock } from '../../core/schedule/clock.js';
import type { Log } from '../../core/log.js';
import type { SpoolRetention } from '../../spool/spool-control.js';
import type { Durability } from '../../spool/spool.js';
import type { EventRetention } from './events/event-retention.js';

/** What a Redis spool is made with. */
export interface RedisSpoolSettings {
  /** What every key begins with: a hash tag and a colon. */
  readonly base: string;
  readonly clock: Clock;
  /**
   * The clock of leases, milliseconds; the time of Redis when absent, so that a worker whose clock is wrong takes no
   * mail away from another one.
   */
  readonly leaseClock?: (() => number) | undefined;
  readonly durability: Durability;
  readonly retention: SpoolRetention & EventRetention;
  readonly log: Log;
  /** Called once, when the spool is closed. */
  readonly onClose?: (() => Promise<void>) | undefined;
}

const DAY_MS = 86_400_000;

export const REDIS_SPOOL_DEFAULTS = {
  retention: { finishedMs: 7 * DAY_MS, keptMs: 30 * DAY_MS, eventsMs: 3 * DAY_MS, maxEvents: 1_000_000 },
} as const;

/** How long a mail nobody claimed waits until it is told again, milliseconds. */
export const RING_AGAIN_MS = 30_000;
