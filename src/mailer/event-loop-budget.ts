/** How long producers may hold the event loop per turn, milliseconds. */
const BUDGET_MS = 5;
/** How many may begin in a turn: what they do runs after they were let in, and its time is not known before. */
const BEGINNERS_PER_TURN = 4;
/** From so many on those that were let in are let go of; under steady load somebody always waits. */
const COMPACT_AT = 1024;

/**
 * Keeps a burst of `queue()` calls from blocking the event loop: validating, rendering and composing take turns, and
 * no turn of the loop gives them more than a few milliseconds. Without a burst it costs nothing and waits for nothing.
 */
export class EventLoopBudget {
  readonly #now: () => number;
  #turnBegan: number | undefined;
  #begun = 0;
  #waiting: (() => void)[] = [];
  #released = 0;

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Undefined when work may go on at once, else a promise of a later turn. */
  take(): Promise<void> | undefined {
    const now = this.#now();
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now;
      setImmediate(this.#nextTurn);
    }
    const nobodyWaits = this.#waiting.length === this.#released;
    if (nobodyWaits && this.#begun < BEGINNERS_PER_TURN && now - this.#turnBegan < BUDGET_MS) {
      this.#begun++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #nextTurn = (): void => {
    this.#turnBegan = undefined;
    this.#begun = 0;
    const next = this.#waiting[this.#released];
    if (next === undefined) {
      this.#waiting = [];
      this.#released = 0;
      return;
    }
    this.#released++;
    if (this.#released >= COMPACT_AT && this.#released * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#released);
      this.#released = 0;
    }
    this.#turnBegan = this.#now();
    // One per turn: what it starts runs before the next turn.
    this.#begun = BEGINNERS_PER_TURN;
    setImmediate(this.#nextTurn);
    next();
  };
}
