import type { RateLimits } from '../core/rate-limits.js';
import type { Clock } from '../core/schedule/clock.js';
import type { MailTransport } from './mail-transport.js';

/** What the module hands to a definition when it opens the transport. @publicApi */
export interface TransportSetup {
  /** The relay's name. */
  readonly relay: string;
  readonly clock: Clock;
  /** One line for people, at the level of a notice. */
  readonly notice: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** How much a transport is given. @publicApi */
export interface TransportLimits extends RateLimits {
  /**
   * Mails on the way to one recipient domain at the same time, in each process. It begins with 5, grows while the
   * domain answers, and shrinks when it throttles.
   *
   * @default 20
   */
  readonly connections?: number | undefined;
}

/**
 * A transport as a value in `transports`: a name, and how to open it. `smtp()`, `capture()`, `log()` and
 * `memory()` make one; so can any application.
 *
 * @publicApi
 */
export interface TransportDefinition {
  /** Unique within the relay; what `streams.<name>.transports` refers to. */
  readonly name: string;
  /** What it is: `smtp`, `capture` … */
  readonly kind: string;
  /** True when mail given to it leaves the machine's hands; `delivery: 'capture'` replaces only such ones. */
  readonly live: boolean;
  /** What the relay keeps to when it gives mail to it; the transport of a tenant has none. */
  readonly limits?: TransportLimits | undefined;
  /** How many messages it takes at the same time; none means as many as come. */
  readonly connections?: number | undefined;
  /** Opens the transport. It must not connect yet. */
  open(setup: TransportSetup): MailTransport;
}
