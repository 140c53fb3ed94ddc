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
  /** Opens the transport. It must not connect yet. */
  open(setup: TransportSetup): MailTransport;
}
