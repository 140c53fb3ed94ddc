import type { CircuitReason } from '../core/circuit/circuit-state.js';

/** Whether mail goes over a transport, or over it for one From domain. @publicApi */
export type TransportState =
  | { readonly state: 'up' }
  | {
      /** `probing`: one mail is under way to find out whether it works again. */
      readonly state: 'down' | 'probing';
      readonly reason: CircuitReason;
      /** One sentence for people, without addresses and secrets. */
      readonly summary: string;
      readonly since: Date;
      /** When it is asked again, at the latest. */
      readonly until: Date;
    };

/** A transport as this process knows it. @publicApi */
export interface NamedTransportState {
  readonly name: string;
  readonly transport: TransportState;
  /** From domains that are refused there; others are not affected. */
  readonly identities: ReadonlyMap<string, TransportState>;
}

/**
 * Tells which transports of a relay are used, and which are not and why. For health checks and dashboards; it asks
 * nobody.
 *
 * @publicApi
 */
export abstract class TransportStates {
  /** Every transport, in the order of their declaration. */
  abstract all(): readonly NamedTransportState[];
}
