/** The moments of the last `max` messages of a rate, oldest first. */
export class RecentSlots {
  readonly #max: number;
  readonly #at: number[] = [];
  /** Where the oldest stands, once there are `max`. */
  #oldest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** When `count` further messages may go at once, at the earliest. */
  freeAt(count: number, periodMs: number, now: number): number {
    let free = now;
    const spare = this.#max - this.#at.length;
    for (let i = 0; i < count - spare; i++) {
      const at = this.#at[(this.#oldest + i) % this.#max];
      if (at !== undefined && at + periodMs > free) free = at + periodMs;
    }
    return free;
  }

  add(count: number, at: number): void {
    for (let i = 0; i < count; i++) {
      if (this.#at.length < this.#max) {
        this.#at.push(at);
      } else {
        this.#at[this.#oldest] = at;
        this.#oldest = (this.#oldest + 1) % this.#max;
      }
    }
  }

  /** True when no message of the last period counts any more. */
  isStale(periodMs: number, now: number): boolean {
    return this.#at.every((at) => at + periodMs <= now);
  }
}
