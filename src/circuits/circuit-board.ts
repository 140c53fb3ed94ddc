import { afterTry, askCircuit, type CircuitSettings } from '../core/circuit/circuit-breaker.js';
import type { CircuitEvidence } from '../core/circuit/circuit-evidence.js';
import { CLOSED, type CircuitState } from '../core/circuit/circuit-state.js';
import type { Log } from '../core/log.js';
import type { Clock } from '../core/schedule/clock.js';
import type { BreakerStore, Replaced, StoredCircuit } from './breaker-store.js';
import { circuitName, circuitOf, type Circuit } from './circuit.js';

export interface CircuitBoardOptions {
  readonly store: BreakerStore;
  readonly settings: CircuitSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each change that this process made, once in all processes. */
  readonly onChange: (circuit: Circuit, from: CircuitState, to: CircuitState) => void;
}

/** A try that a circuit let pass. */
export interface CircuitPass {
  readonly kind: 'pass';
  readonly circuit: Circuit;
  /** The version of the half-open state whose probe this try is. */
  readonly probe?: string | undefined;
  readonly successesBefore: number;
}

export interface CircuitClosed {
  readonly kind: 'closed';
  readonly circuit: Circuit;
  readonly until: number;
}

export type CircuitEntry = CircuitPass | CircuitClosed;

/** How long a store keeps a circuit beyond the moment that it waits for, milliseconds. */
const KEEP_MS = 60 * 60 * 1000;
/** How long a store's failures are not worth another warning, milliseconds. */
const QUIET_MS = 60_000;
/** A process that has seen more circuits than this forgets those that are closed. */
const MANY = 10_000;

/** Every circuit of a relay: asks and moves them, and keeps this process and the store of one mind. */
export class CircuitBoard {
  readonly #o: CircuitBoardOptions;
  readonly #circuits = new Map<string, Circuit>();
  #quietUntil = 0;

  constructor(options: CircuitBoardOptions) {
    this.#o = options;
  }

  /** Begins to hear of other processes. What they found out before is known soon after. */
  watch(): void {
    try {
      const watching = this.#o.store.watch((stored) => this.#adopt(stored));
      if (watching instanceof Promise) watching.catch((error: unknown) => this.#storeFailed(error));
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#o.store.close();
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  /** The circuit, made when there is none. */
  circuit(transport: string, fromDomain?: string): Circuit {
    return this.#circuitNamed(circuitName(transport, fromDomain));
  }

  find(transport: string, fromDomain?: string): Circuit | undefined {
    return this.#circuits.get(circuitName(transport, fromDomain));
  }

  all(): Iterable<Circuit> {
    return this.#circuits.values();
  }

  enter(circuit: Circuit): CircuitEntry | Promise<CircuitEntry> {
    const { clock, settings } = this.#o;
    const answer = askCircuit(circuit.state, clock.now(), settings);
    switch (answer.kind) {
      case 'pass':
        return { kind: 'pass', circuit, successesBefore: circuit.successes };
      case 'closed':
        return { kind: 'closed', circuit, until: answer.until };
      case 'probe':
        return this.#enterAsProbe(circuit, answer.state);
      default: {
        const never: never = answer;
        return never;
      }
    }
  }

  /** Takes note of what a try that passed told about the circuit. */
  leave({ circuit, probe, successesBefore }: CircuitPass, found: CircuitEvidence): void {
    if (found.kind === 'works' || found.kind === 'answers') {
      // A server that throttles and hangs up is at its limit, not down.
      circuit.successes++;
      circuit.failures = 0;
      if (circuit.state.kind === 'closed') return;
    }
    let evidence = found;
    if (evidence.kind === 'fails') {
      circuit.failures++;
      // One connection that was lost among others that work is no outage.
      const isContradicted = evidence.reason === 'unreachable' && circuit.successes > successesBefore;
      if (isContradicted) evidence = { ...evidence, atOnce: false };
    }
    const { clock, settings } = this.#o;
    const isProbe = probe !== undefined && probe === circuit.version;
    const tried = { evidence, isProbe, failures: circuit.failures, now: clock.now() };
    const next = afterTry(circuit.state, tried, settings);
    if (next !== circuit.state) this.#move(circuit, next);
  }

  #enterAsProbe(circuit: Circuit, next: CircuitState): CircuitEntry | Promise<CircuitEntry> {
    try {
      const replaced = this.#replace(circuit, next);
      if (!(replaced instanceof Promise)) return this.#probeOr(circuit, next, replaced);
      return replaced.then(
        (known) => this.#probeOr(circuit, next, known),
        (error: unknown) => this.#probeAlone(circuit, next, error),
      );
    } catch (error) {
      return this.#probeAlone(circuit, next, error);
    }
  }

  #probeOr(
    circuit: Circuit,
    next: CircuitState,
    { done, circuit: stored }: Replaced,
  ): CircuitEntry | Promise<CircuitEntry> {
    if (done) {
      set(circuit, next, stored?.version);
      return this.#probe(circuit);
    }
    // Forgotten by the store, or another process was faster.
    const wasForgotten = stored === undefined;
    set(circuit, wasForgotten ? CLOSED : stored.state, stored?.version);
    return this.enter(circuit);
  }

  #probeAlone(circuit: Circuit, next: CircuitState, error: unknown): CircuitEntry {
    this.#storeFailed(error);
    set(circuit, next, circuit.version ?? '');
    return this.#probe(circuit);
  }

  #probe(circuit: Circuit): CircuitPass {
    return { kind: 'pass', circuit, probe: circuit.version, successesBefore: circuit.successes };
  }

  /** This process acts on the new state at once; whether it is also the news of all processes, the store decides. */
  #move(circuit: Circuit, next: CircuitState): void {
    const from = circuit.state;
    circuit.state = next;
    if (next.kind === 'closed') circuit.failures = 0;
    try {
      const replaced = this.#replace(circuit, next);
      if (!(replaced instanceof Promise)) return this.#moved(circuit, from, next, replaced);
      replaced.then(
        (known) => this.#moved(circuit, from, next, known),
        (error: unknown) => this.#movedAlone(circuit, from, next, error),
      );
    } catch (error) {
      this.#movedAlone(circuit, from, next, error);
    }
  }

  #moved(
    circuit: Circuit,
    from: CircuitState,
    next: CircuitState,
    { done, circuit: stored }: Replaced,
  ): void {
    if (done) {
      if (circuit.state === next) circuit.version = stored?.version;
      this.#o.onChange(circuit, from, next);
    } else if (stored) {
      set(circuit, stored.state, stored.version);
    } else if (circuit.version !== undefined) {
      // The store forgot what this process remembers: there is nothing to be replaced any more.
      set(circuit, from, undefined);
      this.#move(circuit, next);
    }
  }

  #movedAlone(circuit: Circuit, from: CircuitState, next: CircuitState, error: unknown): void {
    this.#storeFailed(error);
    this.#o.onChange(circuit, from, next);
  }

  #replace(circuit: Circuit, next: CircuitState): Replaced | Promise<Replaced> {
    const waitMs = next.kind === 'closed' ? 0 : next.until - this.#o.clock.now();
    return this.#o.store.replace(circuit.name, circuit.version, next, waitMs + KEEP_MS);
  }

  #adopt({ name, state, version }: StoredCircuit): void {
    set(this.#circuitNamed(name), state, version);
  }

  #circuitNamed(name: string): Circuit {
    const known = this.#circuits.get(name);
    if (known) return known;
    if (this.#circuits.size >= MANY) this.#forgetClosed();
    const made = circuitOf(name);
    this.#circuits.set(name, made);
    return made;
  }

  #forgetClosed(): void {
    for (const [name, { state }] of this.#circuits) {
      if (state.kind === 'closed') this.#circuits.delete(name);
    }
  }

  #storeFailed(error: unknown): void {
    const now = this.#o.clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#o.log.warn(
      `The circuits of transports cannot be shared with other processes at the moment: ${String(error)}`,
    );
  }
}

function set(circuit: Circuit, state: CircuitState, version: string | undefined): void {
  circuit.state = state;
  circuit.version = version;
}
