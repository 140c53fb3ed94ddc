/**
 * How a stream chooses among its transports. `failover`: always in the given order. `roundRobin`: each mail begins
 * with the next one. `weighted`: each mail begins with one of them, as often as its weight says. The others follow,
 * in case that one fails.
 *
 * @publicApi
 */
export const TRANSPORT_SELECTORS = ['failover', 'roundRobin', 'weighted'] as const;

/** One of {@link TRANSPORT_SELECTORS}. @publicApi */
export type TransportSelector = (typeof TRANSPORT_SELECTORS)[number];

/** The route of a stream, with every default worked in. Domains are lower-case A-labels. */
export interface RouteSettings {
  /** Names of transports; at least one. */
  readonly transports: readonly string[];
  readonly selector: TransportSelector;
  /** By the transport's name; 1 for those that are not there. */
  readonly weights: ReadonlyMap<string, number>;
  /** Transports for the recipients of a domain. */
  readonly byRecipientDomain: ReadonlyMap<string, readonly string[]>;
  /** Transports for mail whose From header is of a domain; they authenticate it. */
  readonly bySenderDomain: ReadonlyMap<string, readonly string[]>;
}
