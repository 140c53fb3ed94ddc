import type { Clock } from '../core/schedule/clock.js';

export interface LanePlacesOptions {
  /** Mails of the lane that this process works on at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
}

/** A mail that waits for its turn. */
interface Waiting {
  readonly begin: () => void;
  /** Called instead when its time is over. */
  readonly giveBack: () => void;
  readonly until: number;
  readonly wasRung: boolean;
}

/** So many mails for each place may wait in line: about what is sent before somebody loses patience. */
const LINE_PER_PLACE = 5;
/** The longest time in line of who came straight, while another process may be idle, milliseconds. */
const PATIENCE_MS = 250;
/** The same of who was rung: longer, because the next ring may lead here again. */
const RUNG_PATIENCE_MS = 1_000;
/** How long nobody may stand in line after somebody lost patience, milliseconds. */
const SLOW_MS = 1_000;

/**
 * The places of one lane in this process, for mails that were rung and for those that come straight from `queue()`. First
 * come, first served: who comes straight gets no place before one that was rung, and does not wait long.
 */
export class LanePlaces {
  readonly #o: LanePlacesOptions;
  readonly #line: Waiting[] = [];
  #active = 0;
  #announced = 0;
  #rungInLine = 0;
  #slowUntil = 0;
  #isOpen = true;
  #cancelWatch: (() => void) | undefined;

  constructor(options: LanePlacesOptions) {
    this.#o = options;
  }

  /** Works on a mail that was rung when its turn has come; false when that would be late, and nothing was done. */
  async rung(work: () => Promise<void>): Promise<boolean> {
    if (this.#active < this.#o.concurrency) this.#active++;
    else if (!(await this.#turn())) return false;
    try {
      await work();
      return true;
    } finally {
      this.#leave();
    }
  }

  /** Says that a mail is about to come straight; false when it is to be rung. */
  announce(): boolean {
    if (!this.#isOpen || this.#rungInLine > 0) return false;
    const { concurrency, clock } = this.#o;
    const free = Math.max(0, concurrency - this.#active);
    const line = clock.steady() < this.#slowUntil ? 0 : concurrency * LINE_PER_PLACE;
    if (this.#announced + this.#line.length >= free + line) return false;
    this.#announced++;
    return true;
  }

  /** What was announced does not come. */
  withdraw(): void {
    this.#announced--;
  }

  /**
   * What was announced is here.
   *
   * @param giveBack called instead of the work when it would have to wait for long
   */
  arrive(work: () => Promise<unknown>, giveBack: () => void): void {
    this.#announced--;
    if (!this.#isOpen) return giveBack();
    const begin = (): void => void work().finally(() => this.#leave());
    if (this.#active < this.#o.concurrency) {
      this.#active++;
      return begin();
    }
    this.#wait({ begin, giveBack, until: this.#o.clock.steady() + PATIENCE_MS, wasRung: false });
  }

  /** Nobody comes straight any more, and who stands in line goes back. */
  close(): void {
    this.#isOpen = false;
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#giveBack(Number.POSITIVE_INFINITY);
  }

  #turn(): Promise<boolean> {
    this.#rungInLine++;
    return new Promise((resolve) => {
      const end = (isTurn: boolean): void => {
        this.#rungInLine--;
        resolve(isTurn);
      };
      const until = this.#o.clock.steady() + RUNG_PATIENCE_MS;
      this.#wait({ begin: () => end(true), giveBack: () => end(false), until, wasRung: true });
    });
  }

  #wait(waiting: Waiting): void {
    this.#line.push(waiting);
    this.#watch();
  }

  #leave(): void {
    const next = this.#line.shift();
    if (next) next.begin();
    else this.#active--;
  }

  #watch(): void {
    this.#cancelWatch ??= this.#o.clock.after(PATIENCE_MS, () => {
      this.#cancelWatch = undefined;
      this.#giveBack(this.#o.clock.steady());
      if (this.#line.length > 0) this.#watch();
    });
  }

  /** Gives back whose time is over. */
  #giveBack(now: number): void {
    const late = this.#line.filter(({ until }) => until <= now);
    for (const waiting of late) {
      this.#line.splice(this.#line.indexOf(waiting), 1);
      if (!waiting.wasRung) this.#slowUntil = now + SLOW_MS;
      waiting.giveBack();
    }
  }
}
