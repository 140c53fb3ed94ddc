/**
 * Why a transport is not used: it cannot be reached, its account is refused, one From domain is refused there, or a
 * quota is used up.
 *
 * @publicApi
 */
export const CIRCUIT_REASONS = ['unreachable', 'account', 'identity', 'quota'] as const;

/** One of {@link CIRCUIT_REASONS}. @publicApi */
export type CircuitReason = (typeof CIRCUIT_REASONS)[number];

/** What is known of a circuit that is not closed. Plain data, so that a store can keep it as JSON. */
export interface BrokenCircuit {
  readonly reason: CircuitReason;
  /** When it opened first, milliseconds since the epoch. */
  readonly since: number;
  /** Open: when a probe may go. Half-open: when the probe under way counts as lost. */
  readonly until: number;
  /** How often in a row it opened: probes that failed make the waits longer. */
  readonly openings: number;
  /** One sentence for people, without addresses and secrets. */
  readonly summary: string;
}

/**
 * A circuit breaker between the relay and one transport, or one From domain on it. `closed`: mail goes. `open`: none
 * goes before `until`. `half-open`: one probe is under way.
 */
export type CircuitState =
  | { readonly kind: 'closed' }
  | ({ readonly kind: 'open' } & BrokenCircuit)
  | ({ readonly kind: 'half-open' } & BrokenCircuit);

export const CLOSED: CircuitState = { kind: 'closed' };
