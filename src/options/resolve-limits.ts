import { normaliseDomain } from '../core/address/address-domain.js';
import type { RateLimits } from '../core/rate-limits.js';
import type { LimitedTransport, LimitSettings } from '../limits/limit-settings.js';
import type { TransportDefinition, TransportLimits } from '../transports/transport-definition.js';
import { LimitOptionsSchema, RateLimitOptionsSchema, TransportLimitOptionsSchema } from './limit-options.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import type { Problems } from './problems.js';

/** What limits are resolved against. */
export interface LimitContext {
  readonly transports: readonly TransportDefinition[];
  /** Names of all transports; undefined where this process does not send and need not know them. */
  readonly names: readonly string[] | undefined;
  /** Mails that this process works on at the same time in one lane. */
  readonly concurrency: number;
}

/** Every limit of the options: of transports, streams, domains and tenants. */
export function resolveLimits(
  options: MailRelayOptions,
  context: LimitContext,
  problems: Problems,
): LimitSettings {
  const { limits = {}, streams = {} } = options;
  const isCorrect = problems.check(LimitOptionsSchema, limits, 'limits');
  const { transports = {}, perDomain = {}, perTenant } = isCorrect ? limits : {};
  const perStream = Object.entries(typeof streams === 'object' ? streams : {}).flatMap(
    ([name, stream]): [string, RateLimits][] => {
      const rates = checked(stream?.limits, `streams.${name}.limits`, problems);
      return rates ? [[name, rates]] : [];
    },
  );
  return {
    transports: resolveTransports(transports, options, context, problems),
    slots: context.concurrency,
    streams: new Map(perStream),
    domains: resolveDomains(perDomain, options, problems),
    perTenant: checked(perTenant, 'limits.perTenant', problems),
  };
}

function resolveTransports(
  byName: Readonly<Record<string, TransportLimits>>,
  { transport }: MailRelayOptions,
  { transports, names, concurrency }: LimitContext,
  problems: Problems,
): ReadonlyMap<string, LimitedTransport> {
  const resolved = new Map<string, LimitedTransport>();
  for (const [i, definition] of transports.entries()) {
    const { name, limits, connections, live } = definition;
    const path = transport === undefined ? `transports[${i}].limits` : 'transport.limits';
    const own = checkedTransport(limits, path, problems);
    const slots = Math.min(concurrency, connections ?? concurrency);
    resolved.set(name, { limits: own ?? {}, slots, hasDestinations: live });
  }
  for (const [name, limits] of Object.entries(byName)) {
    const path = `limits.transports.${name}`;
    const own = checkedTransport(limits, path, problems);
    if (names && !names.includes(name)) {
      problems.add(path, `there is no transport "${name}". Declared: ${names.join(', ') || 'none'}.`);
    }
    const known = resolved.get(name);
    if (known && transports.some((one) => one.name === name && one.limits !== undefined)) {
      problems.add(path, 'the transport has limits of its own. Keep one of the two.');
    }
    resolved.set(name, { slots: concurrency, hasDestinations: true, ...known, limits: own ?? {} });
  }
  return resolved;
}

function resolveDomains(
  given: Readonly<Record<string, RateLimits>>,
  { localDomains = [] }: MailRelayOptions,
  problems: Problems,
): ReadonlyMap<string, RateLimits> {
  const resolved = new Map<string, RateLimits>();
  for (const [domain, limits] of Object.entries(given)) {
    const path = `limits.perDomain.${domain}`;
    const rates = checked(limits, path, problems);
    const name =
      domain === '*' ? domain : problems.attempt(path, () => normaliseDomain(domain, path, { localDomains }));
    if (rates && name !== undefined) resolved.set(name.toLowerCase(), rates);
  }
  return resolved;
}

function checked(given: RateLimits | undefined, path: string, problems: Problems): RateLimits | undefined {
  if (given === undefined) return undefined;
  return problems.check(RateLimitOptionsSchema, given, path) ? given : undefined;
}

function checkedTransport(
  given: TransportLimits | undefined,
  path: string,
  problems: Problems,
): TransportLimits | undefined {
  if (given === undefined) return undefined;
  return problems.check(TransportLimitOptionsSchema, given, path) ? given : undefined;
}
