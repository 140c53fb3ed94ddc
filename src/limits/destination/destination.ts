import type { Clock } from '../../core/schedule/clock.js';
import { DestinationWindow, type DestinationSign, type WindowBounds } from './destination-window.js';

/** A place at a destination: given back by `leave`. */
export interface Place {
  readonly kind: 'place';
  leave(sign: DestinationSign, restMs: number): void;
}

/** No place now; nobody else was told the same moment. */
export interface NoPlace {
  readonly kind: 'no-place';
  /** Whether it is the destination that has none, or the transport as a whole. */
  readonly scope: 'destination' | 'transport';
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
}

/** How much of a transport is in use, over its destinations. */
export interface Occupancy {
  /** Destinations somebody works at. */
  busy: number;
  inFlight: number;
}

/** What a destination is called, and where it counts. */
export interface DestinationPlan {
  readonly bounds: WindowBounds;
  readonly scope: NoPlace['scope'];
  /** For people. */
  readonly shown: string;
  readonly occupancy: Occupancy;
}

/** How somebody asks for a place. */
export interface PlaceRequest {
  /** How many places this destination may take while it is not known to answer. */
  readonly share: number;
  /** How many others may wait here already, for somebody who waits to be let in. */
  readonly maxWaiting: number;
  readonly waitMs: number;
  /** Waits also where no answer came for a while, because it keeps nobody else from working. */
  readonly patient: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly request: PlaceRequest;
  end(answer: Place | NoPlace): void;
}

/** A destination that owes an answer for this long is given nothing more, milliseconds. */
const STUCK_MS = 1_000;
/** From here on it is doubted. */
const DOUBT_MS = 50;
/** An answer may take several times the usual. */
const USUAL_TIMES = 4;
const FULL_PAUSE_MS = 50;
const STUCK_PAUSE_MS = 1_000;
const MIN_PACE_MS = 5;
const TROUBLE_PACE_MS = 100;
const MAX_PACE_MS = 1_000;

/** One recipient domain at one transport, or the transport as a whole: who works there, waits, and comes back when. */
export class Destination {
  readonly #clock: Clock;
  readonly #plan: DestinationPlan;
  readonly #window: DestinationWindow;
  readonly #waiting = new Set<Waiter>();
  /** The last moment that somebody was told to come back at. */
  #line = 0;
  #lastUsed: number;

  constructor(clock: Clock, plan: DestinationPlan) {
    this.#clock = clock;
    this.#plan = plan;
    this.#window = new DestinationWindow(plan.bounds);
    this.#lastUsed = clock.steady();
  }

  get inFlight(): number {
    return this.#window.inFlight;
  }

  get size(): number {
    return this.#window.size;
  }

  enter(request: PlaceRequest): Place | NoPlace | Promise<Place | NoPlace> {
    const now = this.#clock.steady();
    this.#lastUsed = now;
    if (this.#waiting.size === 0 && this.#mayEnter(request, now)) return this.#place(now);
    if (now < this.#window.restsUntil) return this.#refuse(now);
    const mayWait = request.patient || (!this.#isStuck(now) && this.#waiting.size < request.maxWaiting);
    return mayWait ? this.#wait(request) : this.#refuse(now);
  }

  /** True when nothing is known of it that would be missed. */
  isForgettable(now: number, idleMs: number): boolean {
    return (
      this.inFlight === 0 &&
      this.#waiting.size === 0 &&
      now - this.#lastUsed > idleMs &&
      now > this.#window.restsUntil &&
      now > this.#line
    );
  }

  #mayEnter({ share }: PlaceRequest, now: number): boolean {
    if (!this.#window.hasRoom(now)) return false;
    const silentMs = this.#window.silentMs(now);
    const doubted =
      !this.#window.isProven || silentMs > Math.max(DOUBT_MS, this.#window.tookMs * USUAL_TIMES);
    if (!doubted) return true;
    return !this.#isStuck(now) && this.inFlight < Math.max(1, share);
  }

  #isStuck(now: number): boolean {
    return this.#window.silentMs(now) > Math.max(STUCK_MS, this.#window.tookMs * USUAL_TIMES);
  }

  #place(enteredAt: number): Place {
    const { occupancy } = this.#plan;
    this.#window.enter(enteredAt);
    occupancy.inFlight++;
    if (this.inFlight === 1) occupancy.busy++;
    return {
      kind: 'place',
      leave: (sign, restMs) => {
        occupancy.inFlight--;
        if (this.inFlight === 1) occupancy.busy--;
        this.#window.leave(sign, enteredAt, this.#clock.steady(), restMs);
        if (this.#waiting.size > 0) this.#letIn();
      },
    };
  }

  #letIn(): void {
    const now = this.#clock.steady();
    for (const waiter of this.#waiting) {
      if (now < this.#window.restsUntil) waiter.end(this.#refuse(now));
      else if (this.#mayEnter(waiter.request, now)) waiter.end(this.#place(now));
      else break;
    }
  }

  async #wait(request: PlaceRequest): Promise<Place | NoPlace> {
    return new Promise((resolve) => {
      const giveUp = (): void => waiter.end(this.#refuse(this.#clock.steady()));
      const cancel = this.#clock.after(request.waitMs, giveUp);
      const waiter: Waiter = {
        request,
        end: (answer) => {
          cancel();
          request.signal?.removeEventListener('abort', giveUp);
          this.#waiting.delete(waiter);
          resolve(answer);
        },
      };
      this.#waiting.add(waiter);
      request.signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #refuse(now: number): NoPlace {
    const { restsUntil, tookMs, size } = this.#window;
    const troubled = now < restsUntil || this.#isStuck(now);
    const pause = this.#isStuck(now) ? STUCK_PAUSE_MS : FULL_PAUSE_MS;
    const pace = troubled ? TROUBLE_PACE_MS : Math.min(MAX_PACE_MS, Math.max(MIN_PACE_MS, tookMs / size));
    this.#line = Math.max(this.#line, restsUntil, now + pause) + pace;
    const reason = troubled ? 'does not answer, or asked for a pause' : 'is at its limit of connections';
    const { scope, shown } = this.#plan;
    // Durations are measured by a clock that nobody sets; when to come back is a moment.
    const until = Math.ceil(this.#clock.now() + this.#line - now);
    return { kind: 'no-place', scope, until, reason: `${shown} ${reason}` };
  }
}
