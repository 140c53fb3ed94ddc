import type { RouteSettings } from './route-settings.js';

/** Gives the order in which transports are asked, one order a mail. Costs nothing that grows with their number. */
export type Selector = () => readonly string[];

/** A selector over some transports of a route. Every process counts for itself. */
export function createSelector(
  transports: readonly string[],
  { selector, weights }: Pick<RouteSettings, 'selector' | 'weights'>,
): Selector {
  if (transports.length < 2) return () => transports;
  switch (selector) {
    case 'failover':
      return () => transports;
    case 'roundRobin':
      return inTurn(transports.map((_, i) => [...transports.slice(i), ...transports.slice(0, i)]));
    case 'weighted':
      return byWeight(transports, (name) => weights.get(name) ?? 1);
    default: {
      const never: never = selector;
      return never;
    }
  }
}

function inTurn(orders: readonly (readonly string[])[]): Selector {
  let next = 0;
  return () => {
    const order = orders[next] ?? [];
    next = (next + 1) % orders.length;
    return order;
  };
}

/**
 * Smooth weighted round robin: each transport earns its weight with every mail, the richest one is asked first and
 * pays the sum of all. 5:1:1 gives A A B A C A A, not five A in a row. Those who stand by follow by their weight.
 */
function byWeight(transports: readonly string[], weightOf: (name: string) => number): Selector {
  const candidates = transports.map((name) => ({ name, weight: weightOf(name), earned: 0 }));
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  const heaviest = candidates.toSorted((a, b) => b.weight - a.weight);
  const orders = new Map(
    candidates.map((first) => [
      first,
      [first, ...heaviest.filter((one) => one !== first)].map(({ name }) => name),
    ]),
  );
  return () => {
    let [richest] = candidates;
    for (const one of candidates) {
      one.earned += one.weight;
      if (richest === undefined || one.earned > richest.earned) richest = one;
    }
    if (richest === undefined) return transports;
    richest.earned -= total;
    return orders.get(richest) ?? transports;
  };
}
