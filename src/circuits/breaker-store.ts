import type { CircuitState } from '../core/circuit/circuit-state.js';

/** A circuit as every process sees it. */
export interface StoredCircuit {
  /** The transport, or the transport and a From domain with a space between. */
  readonly name: string;
  /** Made by the store for each write, and never made twice. */
  readonly version: string;
  readonly state: CircuitState;
}

/** What came of a write. */
export interface Replaced {
  /** False when somebody else had written before. */
  readonly done: boolean;
  /** What is stored now; undefined for nothing, which means closed. */
  readonly circuit: StoredCircuit | undefined;
}

/**
 * Shares the circuits of a relay's transports between processes, so that one of them finds out for all, and one
 * probe goes for all. Without a shared store each process has circuits of its own.
 *
 * A store that is in trouble stops no mail: the relay then knows what this process found out.
 *
 * @internal
 */
export abstract class BreakerStore {
  /** Tells what is stored, and from then on what other processes write. Called once. */
  abstract watch(onChange: (circuit: StoredCircuit) => void): void | Promise<void>;

  /**
   * Replaces the state of a circuit, in one step, if its version still is the expected one.
   *
   * @param expected undefined when nothing is to be stored yet
   * @param keepMs after which time the circuit may be forgotten; it then counts as closed
   */
  abstract replace(
    name: string,
    expected: string | undefined,
    state: CircuitState,
    keepMs: number,
  ): Replaced | Promise<Replaced>;

  abstract close(): Promise<void>;
}
