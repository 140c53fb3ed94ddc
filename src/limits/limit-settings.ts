import type { RateLimits } from '../core/rate-limits.js';
import type { TransportLimits } from '../transports/transport-definition.js';

/** What the gate needs to know of one transport. */
export interface LimitedTransport {
  readonly limits: TransportLimits;
  /** Tries at the same time that this process makes at it. */
  readonly slots: number;
  /** False for transports that keep mail on this machine: they have no destinations. */
  readonly hasDestinations: boolean;
}

/** Every limit of a relay. */
export interface LimitSettings {
  readonly transports: ReadonlyMap<string, LimitedTransport>;
  /** Tries at the same time that this process makes at a transport that is not named: one of a tenant. */
  readonly slots: number;
  readonly streams: ReadonlyMap<string, RateLimits>;
  /** By domain in lower-case A-labels; `*` is for each domain that is not named. */
  readonly domains: ReadonlyMap<string, RateLimits>;
  /** For each tenant that brings no limits of its own. */
  readonly perTenant?: RateLimits | undefined;
}
