import { domainOf } from '../core/address/address.js';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import type { RateLimits } from '../core/rate-limits.js';
import type { Clock } from '../core/schedule/clock.js';
import { TryGate, type HeldRecipient, type TryAnswer, type TryRequest } from '../transports/try-gate.js';
import { neverLeft, readDestination } from './destination/destination-sign.js';
import type { NoPlace } from './destination/destination.js';
import { TransportDestinations, type DestinationPlace } from './destination/transport-destinations.js';
import { LimitBook } from './limit-book.js';
import type { LimitSettings } from './limit-settings.js';
import { LimitStore, type SlotAnswer } from './limit-store.js';
import type { Limit } from './limit.js';

export interface LimitGateOptions {
  readonly settings: LimitSettings;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What a tenant brings itself. */
  readonly tenantLimits?: ((tenant: string) => RateLimits | undefined) | undefined;
}

/** Some recipients of one domain: they go together or wait together. */
interface Group {
  readonly domain: string;
  readonly addresses: readonly string[];
}

/** What may go of a group, and how it is left. */
interface Admitted {
  readonly kind: 'admitted';
  readonly addresses: readonly string[];
  readonly held: readonly HeldRecipient[];
  readonly leave: (outcomes: readonly DeliveryOutcome[]) => void;
}

interface Refused {
  readonly kind: 'closed' | 'hold' | 'held';
  readonly addresses: readonly string[];
  readonly until: number;
  readonly reason: string;
}

/** A transport that has room within this time is waited for; beyond it the next of the route is asked, milliseconds. */
const WORTH_WAITING_MS = 60_000;
/** How long mail waits when the store of the limits cannot be asked, milliseconds. */
const STORE_WAIT_MS = 5_000;
const STORE_SPREAD_MS = 5_000;
const QUIET_MS = 30_000;
/** Tries at the same time at one destination, unless the transport says otherwise. */
const MAX_PER_DESTINATION = 20;
/** Transports of tenants come and go. */
const SWEEP_FROM = 256;
const NOBODY: readonly HeldRecipient[] = [];

/**
 * Keeps limits: holds mail back where the transport, the stream, the tenant or the recipient's domain is at one, and
 * divides a transport among destinations, so that one that hangs keeps nobody else waiting.
 *
 * Room is taken before the try and never more than there is, in one step over all processes that share the store.
 */
export class LimitGate extends TryGate {
  readonly #o: LimitGateOptions;
  readonly #book: LimitBook;
  readonly #destinations = new Map<string, TransportDestinations>();
  #sweepAt = SWEEP_FROM;
  #storeFailures = 0;
  #quietUntil = 0;

  constructor(options: LimitGateOptions) {
    super();
    this.#o = options;
    this.#book = new LimitBook(options.settings, options.tenantLimits ?? (() => undefined));
  }

  override enter(request: TryRequest): TryAnswer | Promise<TryAnswer> {
    const { recipients } = request;
    const [first = ''] = recipients;
    if (recipients.length === 1) {
      const answer = this.#enterGroup(request, { domain: destinationOf(first), addresses: recipients });
      return answer instanceof Promise
        ? answer.then((one) => this.#answer(recipients, [one]))
        : this.#answer(recipients, [answer]);
    }
    const answers = byDomain(recipients).map((group) => this.#enterGroup(request, group));
    if (!answers.some((one) => one instanceof Promise))
      return this.#answer(recipients, answers as (Admitted | Refused)[]);
    return Promise.all(answers.map(async (one) => one)).then((all) => this.#answer(recipients, all));
  }

  #enterGroup(request: TryRequest, group: Group): Admitted | Refused | Promise<Admitted | Refused> {
    const destinations = this.#destinationsOf(request.transport);
    if (!destinations) return this.#takeRoom(request, group, undefined);
    const visitor = { patient: request.patient ?? false, signal: request.signal };
    const place = destinations.enter(group.domain, visitor);
    if (place instanceof Promise) return place.then((one) => this.#atDestination(request, group, one));
    return this.#atDestination(request, group, place);
  }

  #atDestination(
    request: TryRequest,
    group: Group,
    place: DestinationPlace | NoPlace,
  ): Admitted | Refused | Promise<Admitted | Refused> {
    if (place.kind === 'place') return this.#takeRoom(request, group, place);
    const { until, reason, scope } = place;
    return { kind: scope === 'transport' ? 'closed' : 'held', addresses: group.addresses, until, reason };
  }

  #takeRoom(
    { mail, transport, returning = false }: TryRequest,
    { domain, addresses }: Group,
    place: DestinationPlace | undefined,
  ): Admitted | Refused | Promise<Admitted | Refused> {
    const limits = this.#book.limitsFor(mail, transport, domain);
    if (limits.length === 0) return admitted(addresses, NOBODY, place);
    let count = addresses.length;
    for (const { max } of limits) if (max < count) count = max;
    const going = count === addresses.length ? addresses : addresses.slice(0, count);
    const taken = { limits, count, line: mail.lane, returning };
    let answer: SlotAnswer | Promise<SlotAnswer>;
    try {
      answer = this.#o.store.take(taken);
    } catch (error) {
      return this.#storeFailed(error, addresses, place);
    }
    const follow = (slot: SlotAnswer): Admitted | Refused | Promise<Admitted | Refused> =>
      this.#follow(slot, limits, going, addresses, place);
    if (!(answer instanceof Promise)) return follow(answer);
    return answer.then(follow, (error: unknown) => this.#storeFailed(error, addresses, place));
  }

  #follow(
    answer: SlotAnswer,
    limits: readonly Limit[],
    going: readonly string[],
    all: readonly string[],
    place: DestinationPlace | undefined,
  ): Admitted | Refused | Promise<Admitted | Refused> {
    const now = this.#o.clock.now();
    if (answer.kind === 'full') {
      place?.leave({ destination: 'none', throttled: false, restMs: 0 });
      return refusal(answer, limits, all, now);
    }
    const { inMs, windows } = answer;
    const held = going === all ? NOBODY : heldBack(all.slice(going.length), limits, all.length, now + inMs);
    const one = admitted(going, held, place, (count) => this.#giveBack(limits, count, windows));
    if (inMs <= 0) return one;
    return new Promise((resolve) => void this.#o.clock.after(inMs, () => resolve(one)));
  }

  #giveBack(limits: readonly Limit[], count: number, windows: readonly number[]): void {
    const { store } = this.#o;
    // What cannot be given back stays used until its window ends: less goes, never more.
    const failed = (error: unknown): void => this.#tell(error);
    try {
      const given = store.giveBack(limits, count, windows);
      if (given instanceof Promise) given.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** A limit that cannot be counted is not a limit that may be passed: mail waits. */
  #storeFailed(error: unknown, addresses: readonly string[], place: DestinationPlace | undefined): Refused {
    place?.leave({ destination: 'none', throttled: false, restMs: 0 });
    this.#tell(error);
    // One after the other, so that they do not all come back in the same moment.
    const spreadMs = (this.#storeFailures++ * 20) % STORE_SPREAD_MS;
    const until = this.#o.clock.now() + STORE_WAIT_MS + spreadMs;
    return { kind: 'hold', addresses, until, reason: 'limits cannot be counted at the moment' };
  }

  #tell(error: unknown): void {
    const now = this.#o.clock.steady();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#o.log.warn(
      `The store of the limits cannot be asked; mail with limits waits until it can: ${String(error)}`,
    );
  }

  #answer(asked: readonly string[], groups: readonly (Admitted | Refused)[]): TryAnswer {
    const [only] = groups;
    if (groups.length === 1 && only?.kind === 'admitted') {
      return { kind: 'pass', recipients: only.addresses, held: only.held, leave: only.leave };
    }
    const going = groups.filter((one) => one.kind === 'admitted');
    const refused = groups.filter((one) => one.kind !== 'admitted');
    const whole = refused.find(({ kind }) => kind !== 'held');
    if (going.length === 0 && whole && whole.kind !== 'held') {
      return { kind: whole.kind, until: whole.until, reason: whole.reason };
    }
    const admittedNow = new Set(going.flatMap(({ addresses }) => addresses));
    return {
      kind: 'pass',
      // In the order of the mail, whatever the domains.
      recipients: asked.filter((address) => admittedNow.has(address)),
      held: [...going.flatMap(({ held }) => held), ...refused.flatMap(heldOf)],
      leave: (outcomes) => {
        const byAddress = new Map(outcomes.map((outcome) => [outcome.address, outcome]));
        for (const one of going) one.leave(one.addresses.flatMap((address) => byAddress.get(address) ?? []));
      },
    };
  }

  #destinationsOf(transport: string): TransportDestinations | undefined {
    const known = this.#destinations.get(transport);
    if (known) return known;
    const { transports, slots } = this.#o.settings;
    const given = transports.get(transport);
    if (given && !given.hasDestinations) return undefined;
    if (this.#destinations.size >= this.#sweepAt) this.#sweep();
    const made = new TransportDestinations(this.#o.clock, {
      maxPerDestination: given?.limits.connections ?? MAX_PER_DESTINATION,
      slots: given?.slots ?? slots,
    });
    this.#destinations.set(transport, made);
    return made;
  }

  #sweep(): void {
    for (const [name, one] of this.#destinations) if (one.isForgettable()) this.#destinations.delete(name);
    this.#sweepAt = Math.max(SWEEP_FROM, this.#destinations.size * 2);
  }
}

function admitted(
  addresses: readonly string[],
  held: readonly HeldRecipient[],
  place: DestinationPlace | undefined,
  giveBack?: (count: number) => void,
): Admitted {
  return {
    kind: 'admitted',
    addresses,
    held,
    leave: (outcomes) => {
      place?.leave(readDestination(outcomes));
      if (!giveBack) return;
      let left = 0;
      for (const outcome of outcomes) if (!neverLeft(outcome)) left++;
      if (left < addresses.length) giveBack(addresses.length - left);
    },
  };
}

/** More than a limit has room for at all goes with a later period. */
function heldBack(
  rest: readonly string[],
  limits: readonly Limit[],
  asked: number,
  at: number,
): readonly HeldRecipient[] {
  const until = at + Math.min(...limits.map(({ periodMs }) => periodMs));
  const reason = limits.find(({ max }) => max < asked)?.reason ?? '';
  return rest.map((address) => ({ address, until, reason }));
}

function refusal(
  answer: Extract<SlotAnswer, { kind: 'full' }>,
  limits: readonly Limit[],
  addresses: readonly string[],
  now: number,
): Refused {
  const { scope, reason } = limits[answer.limit] ?? { scope: 'stream', reason: 'a limit is reached' };
  const until = now + answer.comeBackInMs;
  switch (scope) {
    case 'domain':
      return { kind: 'held', addresses, until, reason };
    case 'transport':
      return { kind: answer.freeInMs > WORTH_WAITING_MS ? 'closed' : 'hold', addresses, until, reason };
    case 'stream':
    case 'tenant':
      return { kind: 'hold', addresses, until, reason };
    default: {
      const never: never = scope;
      return never;
    }
  }
}

function heldOf({ addresses, until, reason }: Refused): readonly HeldRecipient[] {
  return addresses.map((address) => ({ address, until, reason }));
}

function destinationOf(address: string): string {
  return domainOf(address).toLowerCase();
}

function byDomain(recipients: readonly string[]): readonly Group[] {
  const groups = new Map<string, string[]>();
  for (const address of recipients) {
    const domain = destinationOf(address);
    const group = groups.get(domain);
    if (group) group.push(address);
    else groups.set(domain, [address]);
  }
  return Array.from(groups, ([domain, addresses]) => ({ domain, addresses }));
}
