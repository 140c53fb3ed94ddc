/** How much of a quota is used, in a window that begins with the first message after the one before has ended. */
export class QuotaWindow {
  #start = Number.NEGATIVE_INFINITY;
  #used = 0;

  /** When `count` further messages may go, at the earliest. @param reserved what others of a line are to get first */
  freeAt(count: number, max: number, periodMs: number, now: number, reserved = 0): number {
    const start = this.startAt(periodMs, now);
    const used = start === this.#start ? this.#used : 0;
    return used + count + reserved <= max ? Math.max(now, start) : start + periodMs;
  }

  /** Counts messages that go at a moment. @returns the window's start, which names it */
  add(count: number, periodMs: number, at: number): number {
    if (at >= this.#start + periodMs) {
      this.#start = at;
      this.#used = 0;
    }
    this.#used += count;
    return this.#start;
  }

  giveBack(count: number, window: number): void {
    if (window === this.#start) this.#used = Math.max(0, this.#used - count);
  }

  /** When this window, or one of those that follow without a gap, begins around a moment. */
  startAround(moment: number, periodMs: number): number {
    if (this.#start === Number.NEGATIVE_INFINITY || moment < this.#start) return moment;
    return this.#start + Math.floor((moment - this.#start) / periodMs) * periodMs;
  }

  /** When the window begins that runs, or would begin, at a moment. */
  startAt(periodMs: number, now: number): number {
    return now >= this.#start + periodMs ? now : this.#start;
  }

  isStale(periodMs: number, now: number): boolean {
    return this.#start + periodMs <= now;
  }
}
