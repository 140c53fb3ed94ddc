import { readTry } from '../core/circuit/circuit-evidence.js';
import type { CircuitReason } from '../core/circuit/circuit-state.js';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import { TryGate, type HeldRecipient, type TryAnswer, type TryRequest } from '../transports/try-gate.js';
import type { CircuitBoard, CircuitClosed, CircuitEntry, CircuitPass } from './circuit-board.js';
import type { Circuit } from './circuit.js';

const NOBODY: readonly HeldRecipient[] = [];

/** Keeps mail from transports whose circuit is open, and tells the circuits what became of each try. */
export class CircuitGate extends TryGate {
  readonly #board: CircuitBoard;

  constructor(board: CircuitBoard) {
    super();
    this.#board = board;
  }

  enter(request: TryRequest): TryAnswer | Promise<TryAnswer> {
    const { transport, mail } = request;
    const circuit = this.#board.circuit(transport);
    const identity = this.#board.find(transport, mail.fromDomain);
    if (!identity) return this.#then(this.#board.enter(circuit), (entry) => this.#answer(request, entry));
    return this.#then(this.#board.enter(identity), (first) => {
      if (first.kind === 'closed') return closed(first);
      return this.#then(this.#board.enter(circuit), (entry) => this.#answer(request, entry, first));
    });
  }

  #answer(request: TryRequest, entry: CircuitEntry, identity?: CircuitPass): TryAnswer {
    if (entry.kind === 'closed') {
      if (identity) this.#board.leave(identity, { kind: 'nothing' });
      return closed(entry);
    }
    const leave = (outcomes: readonly DeliveryOutcome[]): void =>
      this.#leave(request, entry, identity, outcomes);
    return { kind: 'pass', recipients: request.recipients, held: NOBODY, leave };
  }

  #leave(
    { transport, mail }: TryRequest,
    entry: CircuitPass,
    identity: CircuitPass | undefined,
    outcomes: readonly DeliveryOutcome[],
  ): void {
    const found = readTry(outcomes);
    this.#board.leave(entry, found.transport);
    if (identity) this.#board.leave(identity, found.identity);
    else if (found.identity.kind === 'fails') {
      const circuit = this.#board.circuit(transport, mail.fromDomain);
      this.#board.leave({ kind: 'pass', circuit, successesBefore: circuit.successes }, found.identity);
    }
  }

  /** Goes on at once where the board answered at once. */
  #then(
    entry: CircuitEntry | Promise<CircuitEntry>,
    goOn: (entry: CircuitEntry) => TryAnswer | Promise<TryAnswer>,
  ): TryAnswer | Promise<TryAnswer> {
    return entry instanceof Promise ? entry.then(goOn) : goOn(entry);
  }
}

const REASONS: Readonly<Record<CircuitReason, (circuit: Circuit) => string>> = {
  unreachable: ({ transport }) => `transport ${transport} cannot be reached`,
  account: ({ transport }) => `the account of transport ${transport} is refused`,
  identity: ({ transport, fromDomain }) =>
    `transport ${transport} refuses the From domain ${fromDomain ?? ''}`,
  quota: ({ transport }) => `the quota of transport ${transport} is used up`,
};

function closed({ circuit, until }: CircuitClosed): TryAnswer {
  const { state } = circuit;
  const reason = REASONS[state.kind === 'closed' ? 'unreachable' : state.reason](circuit);
  return { kind: 'closed', until, reason };
}
