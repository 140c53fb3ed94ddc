import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import { TryGate, type HeldRecipient, type TryAnswer, type TryPassed, type TryRequest } from './try-gate.js';

/** Several gates as one: asked in order, each for those recipients that the ones before let pass. */
export class TryGateChain extends TryGate {
  readonly #gates: readonly TryGate[];

  constructor(gates: readonly TryGate[]) {
    super();
    this.#gates = gates;
  }

  enter(request: TryRequest): TryAnswer | Promise<TryAnswer> {
    const all: TryPassed = { kind: 'pass', recipients: request.recipients, held: NOBODY, leave: NOTHING };
    return this.#enterFrom(0, request, all);
  }

  #enterFrom(index: number, request: TryRequest, passed: TryPassed): TryAnswer | Promise<TryAnswer> {
    const gate = this.#gates[index];
    if (!gate || passed.recipients.length === 0) return passed;
    const asked =
      passed.recipients === request.recipients ? request : { ...request, recipients: passed.recipients };
    let answer: TryAnswer | Promise<TryAnswer>;
    try {
      answer = gate.enter(asked);
    } catch (error) {
      passed.leave([]);
      throw error;
    }
    if (!(answer instanceof Promise)) return this.#follow(index, request, passed, answer);
    return answer.then(
      (known) => this.#follow(index, request, passed, known),
      (error: unknown) => {
        passed.leave([]);
        throw error;
      },
    );
  }

  #follow(
    index: number,
    request: TryRequest,
    passed: TryPassed,
    answer: TryAnswer,
  ): TryAnswer | Promise<TryAnswer> {
    if (answer.kind === 'pass') return this.#enterFrom(index + 1, request, both(passed, answer));
    passed.leave([]);
    return answer;
  }
}

const NOBODY: readonly HeldRecipient[] = [];
const NOTHING = (): void => {};

/** Two gates that were passed, as one; the one entered last is left first. */
function both(outer: TryPassed, inner: TryPassed): TryPassed {
  if (outer.leave === NOTHING) return inner;
  return {
    kind: 'pass',
    recipients: inner.recipients,
    held: outer.held.length === 0 ? inner.held : [...outer.held, ...inner.held],
    leave(outcomes: readonly DeliveryOutcome[]): void {
      try {
        inner.leave(outcomes);
      } finally {
        outer.leave(outcomes);
      }
    },
  };
}
