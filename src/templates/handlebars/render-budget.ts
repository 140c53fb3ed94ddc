/**
 * What one render may take.
 *
 * @internal
 */
export interface RenderLimits {
  /** UTF-16 units. */
  readonly maxChars: number;
  readonly maxMs: number;
}

/** A render took more than it may. @internal */
export class BudgetExceeded extends Error {
  constructor(
    readonly limit: 'size' | 'time',
    readonly max: number,
  ) {
    super(`The render exceeded its limit of ${limit}.`);
  }
}

/** How many steps go by between two looks at the clock. */
const STEPS_PER_LOOK = 64;

/**
 * Watches over a render from within: every round of a loop and every partial that is called is a step. Renders are
 * synchronous, so one budget serves all; a helper that renders again spends from the render around it.
 *
 * @internal
 */
export class RenderBudget {
  readonly #limits: RenderLimits;
  readonly #now: () => number;
  #depth = 0;
  #began = 0;
  #steps = 0;

  /** @param now a monotonic clock in milliseconds */
  constructor(limits: RenderLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Runs a render. @throws {@link BudgetExceeded} */
  run<T>(render: () => T): T {
    if (this.#depth === 0) {
      this.#steps = 0;
      this.#began = this.#now();
    }
    this.#depth++;
    try {
      return render();
    } finally {
      this.#depth--;
    }
  }

  /** @param chars how long is what was made so far */
  step(chars: number): void {
    if (chars > this.#limits.maxChars) throw new BudgetExceeded('size', this.#limits.maxChars);
    if (++this.#steps % STEPS_PER_LOOK !== 0 || this.#depth === 0) return;
    if (this.#now() - this.#began > this.#limits.maxMs) throw new BudgetExceeded('time', this.#limits.maxMs);
  }

  /** What a render came to, whole. */
  checkSize(text: string): string {
    if (text.length > this.#limits.maxChars) throw new BudgetExceeded('size', this.#limits.maxChars);
    return text;
  }
}
