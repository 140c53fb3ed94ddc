import { normaliseDomain } from '../core/address/address-domain.js';
import type { RouteSettings } from '../transports/route/route-settings.js';
import { describeGiven } from './option-problem.js';
import type { Problems } from './problems.js';
import type { StreamOptions } from './stream-options.js';

export interface RouteSurroundings {
  /** Where the stream's options stand. */
  readonly path: string;
  /** Names of all transports; undefined where this process does not send and need not know them. */
  readonly transports: readonly string[] | undefined;
  readonly localDomains: readonly string[];
  readonly problems: Problems;
}

const MAX_WEIGHT = 1000;

/** The route of a stream, every name and domain in it checked. */
export function resolveRoute(given: StreamOptions, around: RouteSurroundings): RouteSettings {
  const { path, transports } = around;
  checkNames(`${path}.transports`, given.transports ?? [], around);
  const selector = given.selector ?? 'failover';
  if (given.weights !== undefined && selector !== 'weighted') {
    around.problems.add(
      `${path}.weights`,
      "only means something with selector: 'weighted'. Add it, or remove the weights.",
    );
  }
  return {
    transports: given.transports ?? transports ?? [],
    selector,
    weights: resolveWeights(`${path}.weights`, given.weights, around),
    byRecipientDomain: resolveDomains(`${path}.byRecipientDomain`, given.byRecipientDomain, around),
    bySenderDomain: resolveDomains(`${path}.bySenderDomain`, given.bySenderDomain, around),
  };
}

/** A domain of an option in the one form that is compared. */
export function resolveDomain(path: string, domain: string, around: RouteSurroundings): string | undefined {
  const { localDomains, problems } = around;
  return problems.attempt(path, () => normaliseDomain(domain, path, { localDomains }));
}

function resolveWeights(
  path: string,
  given: unknown,
  around: RouteSurroundings,
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const [name, weight] of entriesOf(path, given, 'weights by transport name', around)) {
    checkNames(path, [name], around);
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
      const shown = describeGiven(`${path}.${name}`, weight);
      around.problems.add(
        `${path}.${name}`,
        `given ${shown}, expected a whole number from 1 to ${MAX_WEIGHT}.`,
      );
    } else {
      weights.set(name, weight);
    }
  }
  return weights;
}

function resolveDomains(
  path: string,
  given: unknown,
  around: RouteSurroundings,
): ReadonlyMap<string, readonly string[]> {
  const routes = new Map<string, readonly string[]>();
  for (const [key, value] of entriesOf(path, given, 'transport names by domain', around)) {
    const place = `${path}.${key}`;
    const names: unknown = typeof value === 'string' ? [value] : value;
    if (!isListOfNames(names)) {
      const shown = describeGiven(place, value);
      around.problems.add(
        place,
        `given ${shown}, expected the name of a transport, or several in their order.`,
      );
      continue;
    }
    checkNames(place, names, around);
    const domain = resolveDomain(place, key, around);
    if (domain !== undefined) routes.set(domain, names);
  }
  return routes;
}

function isListOfNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
}

function entriesOf(
  path: string,
  given: unknown,
  expected: string,
  { problems }: RouteSurroundings,
): readonly (readonly [string, unknown])[] {
  if (given === undefined) return [];
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return Object.entries(given);
  problems.add(path, `given ${describeGiven(path, given)}, expected an object of ${expected}.`);
  return [];
}

function checkNames(
  path: string,
  wanted: readonly string[],
  { transports, problems }: RouteSurroundings,
): void {
  for (const name of wanted) {
    if (transports && !transports.includes(name)) {
      problems.add(path, `there is no transport "${name}". Declared: ${transports.join(', ') || 'none'}.`);
    }
  }
}
