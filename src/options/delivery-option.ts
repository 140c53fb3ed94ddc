import { normaliseDomain } from '../core/address/address-domain.js';
import { parseAddrSpec } from '../core/address/address.js';
import type { StagingRules } from '../policies/staging.policy.js';
import { describeGiven } from './option-problem.js';
import type { Problems } from './problems.js';

/** Where mail goes: to the transports, or into files. @publicApi */
export const DELIVERY_MODES = ['live', 'capture'] as const;

/** One of {@link DELIVERY_MODES}. @publicApi */
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

/**
 * Delivery of a staging system: to the transports, but only to whom it is meant for.
 *
 * @publicApi
 */
export interface StagingDelivery {
  /** Recipients that are mailed: addresses (`'ada@acme.test'`) and domains (`'acme.test'`). @default nobody */
  readonly allow?: readonly string[] | undefined;
  /**
   * Who gets the mail of everybody else; the original recipients stand in the header `X-Mail-Relay-Original-To`, and in
   * `originalRecipients` of the events. Without it, everybody else is `suppressed`.
   */
  readonly redirectTo?: string | readonly string[] | undefined;
}

/** What the option `delivery` takes. @publicApi */
export type DeliveryOption = DeliveryMode | StagingDelivery;

/** The option with the environment's default worked in. */
export interface ResolvedDelivery {
  readonly mode: DeliveryMode;
  /** Whether the options say so; else it follows from the environment. */
  readonly given: boolean;
  readonly staging?: StagingRules | undefined;
}

const KEYS: ReadonlySet<string> = new Set(['allow', 'redirectTo']);

export function resolveDelivery(
  given: DeliveryOption | undefined,
  environment: string | undefined,
  localDomains: readonly string[],
  problems: Problems,
): ResolvedDelivery {
  if (given === undefined) return { mode: environment === 'test' ? 'capture' : 'live', given: false };
  if (typeof given === 'string') {
    if (DELIVERY_MODES.includes(given)) return { mode: given, given: true };
  } else if (isStaging(given)) {
    return { mode: 'live', given: true, staging: resolveStaging(given, localDomains, problems) };
  }
  problems.add(
    'delivery',
    `given ${describeGiven('delivery', given)}, expected ${DELIVERY_MODES.map((mode) => `"${mode}"`).join(', ')}, ` +
      '{ redirectTo } or { allow }.',
  );
  return { mode: 'capture', given: true };
}

function isStaging(given: unknown): given is StagingDelivery {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const keys = Object.keys(given).filter((key) => Reflect.get(given, key) !== undefined);
  return keys.length > 0 && keys.every((key) => KEYS.has(key));
}

function resolveStaging(
  { allow, redirectTo }: StagingDelivery,
  localDomains: readonly string[],
  problems: Problems,
): StagingRules {
  const rules = { localDomains };
  const targets = redirectTo === undefined ? undefined : [redirectTo].flat();
  return {
    redirectTo: targets?.flatMap(
      (one, i) =>
        problems.attempt(`delivery.redirectTo[${i}]`, () =>
          parseAddrSpec(one, `delivery.redirectTo[${i}]`, rules),
        ) ?? [],
    ),
    allow: allow && resolveAllow(allow, localDomains, problems),
  };
}

function resolveAllow(
  allow: readonly string[],
  localDomains: readonly string[],
  problems: Problems,
): StagingRules['allow'] {
  const addresses = new Set<string>();
  const domains = new Set<string>();
  if (!Array.isArray(allow)) {
    problems.add(
      'delivery.allow',
      `given ${describeGiven('delivery.allow', allow)}, expected an array of addresses and domains.`,
    );
    return { addresses, domains };
  }
  for (const [i, one] of allow.entries()) {
    const field = `delivery.allow[${i}]`;
    problems.attempt(field, () => {
      const text = typeof one === 'string' ? one.replace(/^\*?@/, '') : one;
      if (typeof text === 'string' && !text.includes('@'))
        domains.add(normaliseDomain(text, field, { localDomains }));
      else addresses.add(parseAddrSpec(text, field, { localDomains }).toLowerCase());
    });
  }
  return { addresses, domains };
}
