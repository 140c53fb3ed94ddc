import { domainOf } from '../../core/address/address.js';
import type { RouteSettings } from './route-settings.js';
import { createSelector, type Selector } from './selector.js';

/** A recipient that a route is looked for. */
export interface RoutedRecipient {
  readonly address: string;
  /** The transport of the attempt before, where this one is to go on with it. */
  readonly stickTo?: StickTo | undefined;
}

export interface StickTo {
  readonly transport: string;
  /** True when no other transport may be asked in this attempt. */
  readonly only: boolean;
}

/** Recipients of one mail that go the same way, and the transports in the order they are asked. */
export interface RouteLeg {
  readonly transports: readonly string[];
  readonly recipients: readonly string[];
}

/** The way of recipients that share it, before the selector has spoken. */
interface Way {
  readonly transports: readonly string[];
  readonly select: Selector;
}

const NO_DOMAIN = '';

/**
 * The routes of one stream, worked out once. Where the routes by sender and by recipient domain disagree, the
 * sender's says who may send, and the recipient's whom of them to ask.
 */
export class RouteTable {
  readonly #settings: RouteSettings;
  /** By sender domain, then by recipient domain; the empty string stands for all others. */
  readonly #ways = new Map<string, ReadonlyMap<string, Way>>();

  constructor(settings: RouteSettings) {
    this.#settings = settings;
    const { transports, bySenderDomain } = settings;
    for (const [domain, own] of [[NO_DOMAIN, transports] as const, ...bySenderDomain]) {
      this.#ways.set(domain, this.#waysOf(own, domain !== NO_DOMAIN));
    }
  }

  /** True for a transport that is declared to authenticate mail of this From domain. */
  authenticates(transport: string, fromDomain: string): boolean {
    return this.#settings.bySenderDomain.get(fromDomain)?.includes(transport) ?? false;
  }

  /** The ways of the recipients of one mail, each with the order of its transports for this attempt. */
  legs(fromDomain: string, recipients: readonly RoutedRecipient[]): readonly RouteLeg[] {
    const ways = this.#ways.get(fromDomain) ?? this.#ways.get(NO_DOMAIN);
    if (!ways) return [];
    const [only] = recipients;
    const everybody = ways.get(NO_DOMAIN);
    if (ways.size === 1 && everybody && !recipients.some(({ stickTo }) => stickTo)) {
      return only ? [{ transports: everybody.select(), recipients: recipients.map(addressOf) }] : [];
    }
    return this.#split(ways, recipients);
  }

  #split(ways: ReadonlyMap<string, Way>, recipients: readonly RoutedRecipient[]): readonly RouteLeg[] {
    const orders = new Map<Way, readonly string[]>();
    const legs = new Map<string, { transports: readonly string[]; recipients: string[] }>();
    for (const { address, stickTo } of recipients) {
      const way = ways.get(domainOf(address)) ?? ways.get(NO_DOMAIN);
      if (!way) continue;
      // One order for all recipients of a way, so that they stay together.
      const order = orders.get(way) ?? way.select();
      orders.set(way, order);
      const transports = stickTo ? stick(order, stickTo) : order;
      const key = transports.join(' ');
      const leg = legs.get(key) ?? { transports, recipients: [] };
      leg.recipients.push(address);
      legs.set(key, leg);
    }
    return [...legs.values()];
  }

  #waysOf(own: readonly string[], isSenders: boolean): ReadonlyMap<string, Way> {
    const ways = new Map([[NO_DOMAIN, this.#way(own)]]);
    for (const [domain, wanted] of this.#settings.byRecipientDomain) {
      const allowed = isSenders ? wanted.filter((name) => own.includes(name)) : wanted;
      if (allowed.length > 0) ways.set(domain, this.#way(allowed));
    }
    return ways;
  }

  #way(transports: readonly string[]): Way {
    return { transports, select: createSelector(transports, this.#settings) };
  }
}

function stick(order: readonly string[], { transport, only }: StickTo): readonly string[] {
  if (only) return [transport];
  if (!order.includes(transport)) return order;
  return [transport, ...order.filter((name) => name !== transport)];
}

function addressOf({ address }: RoutedRecipient): string {
  return address;
}
