/** What a try at a destination showed of it. `none`: nothing, it was ended by us or by the transport as a whole. */
export type DestinationSign = 'answer' | 'trouble' | 'none';

/** How many tries a window begins with, and how far it may grow. */
export interface WindowBounds {
  readonly start: number;
  readonly max: number;
}

/** Failed cohorts in a row (one cohort: as many tries as the window is wide) until a destination counts as dead. */
const DEAD_AFTER_COHORTS = 1;
/** The first wait of a dead destination, milliseconds; it doubles with each probe that fails. */
const FIRST_PROBE_MS = 5_000;
const MAX_PROBE_MS = 60_000;
/** How much one try's time counts in the average. */
const SMOOTHING = 0.1;

/**
 * How many tries one destination takes at a time, by what the tries before showed: grows by answers while it is really
 * used, shrinks by one at the start of a run of failures, and rests when a whole cohort failed; then one probe at a
 * time finds out whether it is back. The scheme is Postfix's, see its SCHEDULER_README.
 */
export class DestinationWindow {
  readonly #max: number;
  #size: number;
  #inFlight = 0;
  /** Until something fails, every answer widens the window. */
  #rising = true;
  #credit = 0;
  #debit = 0;
  #failedCohorts = 0;
  #restsUntil = 0;
  #probeMs = FIRST_PROBE_MS;
  #proven = false;
  /** When it last answered, or went from idle to busy. */
  #heardAt = 0;
  #tookMs = 0;

  constructor({ start, max }: WindowBounds) {
    this.#max = max;
    this.#size = Math.min(start, max);
  }

  get size(): number {
    return this.#size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** It has answered at least once since it was first, or last, in trouble. */
  get isProven(): boolean {
    return this.#proven;
  }

  /** About how long one try takes, milliseconds; 0 when nobody knows yet. */
  get tookMs(): number {
    return this.#tookMs;
  }

  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** How long it has owed an answer, milliseconds. */
  silentMs(now: number): number {
    return this.#inFlight === 0 ? 0 : now - this.#heardAt;
  }

  hasRoom(now: number): boolean {
    return this.#inFlight < this.#size && now >= this.#restsUntil;
  }

  enter(now: number): void {
    if (this.#inFlight === 0) this.#heardAt = now;
    this.#inFlight++;
  }

  /** @param restMs how long the destination asked to be left alone, milliseconds */
  leave(sign: DestinationSign, enteredAt: number, now: number, restMs = 0): void {
    const wasFull = this.#inFlight >= this.#size;
    this.#inFlight--;
    if (sign === 'answer') this.#answered(now, now - enteredAt, wasFull);
    else if (sign === 'trouble') this.#failed(now, restMs);
  }

  #answered(now: number, tookMs: number, wasFull: boolean): void {
    this.#heardAt = now;
    this.#tookMs = this.#proven ? this.#tookMs + SMOOTHING * (tookMs - this.#tookMs) : tookMs;
    this.#proven = true;
    this.#debit = 0;
    this.#failedCohorts = 0;
    this.#probeMs = FIRST_PROBE_MS;
    if (!wasFull || this.#size >= this.#max) return;
    this.#credit += this.#rising ? 1 : 1 / this.#size;
    if (this.#credit < 1) return;
    this.#credit = 0;
    this.#size++;
  }

  #failed(now: number, restMs: number): void {
    this.#heardAt = now;
    this.#rising = false;
    this.#credit = 0;
    this.#failedCohorts += 1 / this.#size;
    // Tries that were under way when it fell silent fail one after the other, and are one and the same trouble.
    if (now < this.#restsUntil) return;
    if (this.#debit <= 0) {
      this.#size = Math.max(1, this.#size - 1);
      this.#debit = 1;
    }
    this.#debit -= 1 / this.#size;
    if (restMs > 0) this.#restsUntil = now + restMs;
    if (this.#failedCohorts < DEAD_AFTER_COHORTS) return;
    this.#restsUntil = Math.max(this.#restsUntil, now + this.#probeMs);
    this.#probeMs = Math.min(this.#probeMs * 2, MAX_PROBE_MS);
    this.#size = 1;
    this.#proven = false;
    // What comes back after a rest is soon as wide as before.
    this.#rising = true;
    this.#failedCohorts = 0;
  }
}
