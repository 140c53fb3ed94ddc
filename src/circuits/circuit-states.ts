import type { CircuitState } from '../core/circuit/circuit-state.js';
import type { TransportRegistry } from '../transports/transport-registry.js';
import type { CircuitBoard } from './circuit-board.js';
import { TransportStates, type NamedTransportState, type TransportState } from './transport-states.js';

/** The states of a relay's transports, read from their circuits. */
export class CircuitStates extends TransportStates {
  readonly #registry: TransportRegistry;
  readonly #board: CircuitBoard;

  constructor(registry: TransportRegistry, board: CircuitBoard) {
    super();
    this.#registry = registry;
    this.#board = board;
  }

  all(): readonly NamedTransportState[] {
    const identities = new Map<string, Map<string, TransportState>>();
    for (const { transport, fromDomain, state } of this.#board.all()) {
      if (fromDomain === undefined || state.kind === 'closed') continue;
      const ofTransport = identities.get(transport) ?? new Map<string, TransportState>();
      identities.set(transport, ofTransport.set(fromDomain, describe(state)));
    }
    return this.#registry.names().map((name) => ({
      name,
      transport: describe(this.#board.find(name)?.state ?? { kind: 'closed' }),
      identities: identities.get(name) ?? new Map(),
    }));
  }
}

function describe(state: CircuitState): TransportState {
  if (state.kind === 'closed') return { state: 'up' };
  const { reason, summary, since, until } = state;
  return {
    state: state.kind === 'open' ? 'down' : 'probing',
    reason,
    summary,
    since: new Date(since),
    until: new Date(until),
  };
}
