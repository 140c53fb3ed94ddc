import type { Clock } from '../../core/schedule/clock.js';
import { Destination, type NoPlace, type Occupancy, type Place, type PlaceRequest } from './destination.js';
import type { DestinationReading } from './destination-sign.js';

/** How tries at one transport are divided among destinations. */
export interface DestinationSettings {
  /** Tries at the same time that one destination may grow to. */
  readonly maxPerDestination: number;
  /** Tries at the same time that this process makes at this transport. */
  readonly slots: number;
}

/** A place at a destination, and what is told when it is left. */
export interface DestinationPlace {
  readonly kind: 'place';
  leave(reading: DestinationReading): void;
}

/** Who asks, apart from the destination. */
export interface Visitor {
  /** True for the first attempt of `send()`: it keeps no worker from other mail. */
  readonly patient: boolean;
  readonly signal?: AbortSignal | undefined;
}

const START = 5;
/** How long a worker waits for a place inside the gate, milliseconds. */
const WORKER_WAIT_MS = 250;
/** The same where no other destination has work: a worker that waits keeps nobody from anything. */
const LONE_WAIT_MS = 2_000;
/** How long `send()` waits, milliseconds. */
const PATIENT_WAIT_MS = 10_000;
const IDLE_MS = 10 * 60_000;
const SWEEP_FROM = 256;
/** A transport that throttled begins below what it was given, and may grow to what nobody reaches. */
const UNBOUNDED = 100_000;

/** The destinations of one transport, in this process. */
export class TransportDestinations {
  readonly #clock: Clock;
  readonly #settings: DestinationSettings;
  readonly #byDomain = new Map<string, Destination>();
  readonly #occupancy: Occupancy = { busy: 0, inFlight: 0 };
  #sweepAt = SWEEP_FROM;
  /** The transport as a whole, once it has throttled. */
  #whole: Destination | undefined;

  constructor(clock: Clock, settings: DestinationSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  get size(): number {
    return this.#byDomain.size;
  }

  /** True when nothing is known of any of them that would be missed. */
  isForgettable(): boolean {
    const now = this.#clock.steady();
    return [...this.#byDomain.values()].every((one) => one.isForgettable(now, IDLE_MS));
  }

  enter(domain: string, visitor: Visitor): DestinationPlace | NoPlace | Promise<DestinationPlace | NoPlace> {
    const destination = this.#destinationOf(domain);
    const whole = this.#whole;
    const place = destination.enter(this.#request(destination, visitor));
    if (place instanceof Promise) return this.#enterLater(visitor, place);
    if (place.kind === 'no-place') return place;
    if (!whole) return this.#entered(place);
    return this.#enterWhole(whole, visitor, place);
  }

  #request(destination: Destination, { patient, signal }: Visitor): PlaceRequest {
    const { busy } = this.#occupancy;
    const share = Math.floor(this.#settings.slots / (busy + (destination.inFlight === 0 ? 1 : 0)));
    return {
      share,
      // Whoever waits here is a worker that does not work elsewhere.
      maxWaiting: busy <= 1 ? Infinity : Math.max(1, Math.floor(share / 2)),
      waitMs: patient ? PATIENT_WAIT_MS : busy <= 1 ? LONE_WAIT_MS : WORKER_WAIT_MS,
      patient,
      signal,
    };
  }

  async #enterLater(
    visitor: Visitor,
    waiting: Promise<Place | NoPlace>,
  ): Promise<DestinationPlace | NoPlace> {
    const place = await waiting;
    if (place.kind === 'no-place') return place;
    return this.#whole ? this.#enterWhole(this.#whole, visitor, place) : this.#entered(place);
  }

  #enterWhole(
    whole: Destination,
    visitor: Visitor,
    place: Place,
  ): DestinationPlace | NoPlace | Promise<DestinationPlace | NoPlace> {
    const general = whole.enter(this.#request(whole, visitor));
    return general instanceof Promise
      ? general.then((one) => this.#inWhole(place, one))
      : this.#inWhole(place, general);
  }

  #inWhole(place: Place, general: Place | NoPlace): DestinationPlace | NoPlace {
    if (general.kind === 'place') return this.#entered(place, general);
    place.leave('none', 0);
    return general;
  }

  #entered(place: Place, whole?: Place): DestinationPlace {
    return {
      kind: 'place',
      leave: ({ destination, throttled, restMs }) => {
        place.leave(destination, throttled ? 0 : restMs);
        if (whole) whole.leave(throttled ? 'trouble' : destination === 'none' ? 'none' : 'answer', restMs);
        else if (throttled) this.#throttle(restMs);
      },
    };
  }

  /** From now on the transport as a whole takes no more than it did before it asked for less. */
  #throttle(restMs: number): void {
    this.#whole ??= new Destination(this.#clock, {
      bounds: { start: Math.max(1, this.#occupancy.inFlight), max: UNBOUNDED },
      scope: 'transport',
      shown: 'the transport',
      occupancy: { busy: 0, inFlight: 0 },
    });
    const first = this.#whole.enter({ share: UNBOUNDED, maxWaiting: 0, waitMs: 0, patient: false });
    if (!(first instanceof Promise) && first.kind === 'place') first.leave('trouble', restMs);
  }

  #destinationOf(domain: string): Destination {
    const known = this.#byDomain.get(domain);
    if (known) return known;
    if (this.#byDomain.size >= this.#sweepAt) this.#sweep();
    const { maxPerDestination } = this.#settings;
    const made = new Destination(this.#clock, {
      bounds: { start: START, max: maxPerDestination },
      scope: 'destination',
      shown: `the domain "${domain}"`,
      occupancy: this.#occupancy,
    });
    this.#byDomain.set(domain, made);
    return made;
  }

  #sweep(): void {
    const now = this.#clock.steady();
    for (const [domain, one] of this.#byDomain) {
      if (one.isForgettable(now, IDLE_MS)) this.#byDomain.delete(domain);
    }
    this.#sweepAt = Math.max(SWEEP_FROM, this.#byDomain.size * 2);
  }
}
