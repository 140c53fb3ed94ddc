import type { RateLimits } from '../core/rate-limits.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { TransportDefinition } from '../transports/transport-definition.js';

/**
 * What the relay has to know of a tenant.
 *
 * @publicApi
 */
export interface TenantSettings {
  /**
   * Its own transport: a URL (`smtps://user:password@host`) or what `smtp()` and the others return. It is opened when
   * mail goes, closed when none went for a while, and nobody else's mail goes over it. It has
   * no `limits` of its own: give them in `limits` below.
   *
   * @default the route of the mail's stream
   */
  readonly transport?: string | TransportDefinition | undefined;
  /** The only domains of its From and Sender headers; a domain below one of them is another domain. */
  readonly domains: readonly string[];
  /** Signs its mail; of several keys the one that belongs to the From domain. @default none */
  readonly dkim?: DkimKey | readonly DkimKey[] | undefined;
  /** How much it may send, over all transports. @default `limits.perTenant` */
  readonly limits?: RateLimits | undefined;
  /**
   * Changes whenever anything of the transport does, a rotated password for example: the relay then opens a new one
   * and ends the old one when its last mail has gone.
   */
  readonly version: string | number;
}

/**
 * Finds tenants, in the application's database for example. The relay asks when a mail of a tenant is queued, and again
 * for each attempt; calls for the same tenant at the same time are one. Keep what is expensive to look up in a cache.
 *
 * What it throws never reaches events, reports or logs: it may hold secrets. The mail is refused when it is queued, and
 * waits when it is to be sent.
 *
 * @publicApi
 */
export abstract class TenantResolver {
  /** @returns undefined for a tenant there is none of */
  abstract resolve(tenant: string): TenantSettings | undefined | Promise<TenantSettings | undefined>;
}
