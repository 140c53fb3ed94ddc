import { domainOf, parseAddrSpec, parseMailbox } from '../core/address/address.js';
import { parseDuration } from '../core/schedule/duration.js';
import type { Mailbox } from '../core/address/mailbox.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../core/schedule/retry-schedule.js';
import type { StreamDelivery } from '../relay/relay-settings.js';
import { assertDkimKey } from '../transports/dkim-signer.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import { describeGiven } from './option-problem.js';
import type { Problems } from './problems.js';
import { resolveDomain, resolveRoute, type RouteSurroundings } from './resolve-route.js';
import { RetryOptionsSchema, type RetryOptions } from './retry-options.js';
import type { StaticOptions } from './static-options.js';
import { StreamOptionsSchema, type StreamOptions } from './stream-options.js';

/** A stream with every default worked in. */
export interface ResolvedStream {
  readonly name: string;
  readonly lane: string;
  readonly from?: Mailbox | undefined;
  /** The only domains of a From header; undefined for any. */
  readonly domains?: ReadonlySet<string> | undefined;
  /** One recipient a mail, and a way to unsubscribe. */
  readonly bulk: boolean;
  readonly returnPath?: string | undefined;
  readonly expiresInMs: number;
  readonly delivery: StreamDelivery;
}

const MARKETING = 'marketing';
const ALWAYS_THERE = ['transactional', MARKETING] as const;
const DEFAULT_EXPIRES_IN = '5d';
const STREAM_NAME = /^[A-Za-z][\w-]{0,63}$/;

/**
 * The streams that are always there and the declared ones.
 *
 * @param transports names of all transports; undefined where this process does not send and need not know them
 */
export function resolveStreams(
  options: MailRelayOptions,
  known: StaticOptions,
  transports: readonly string[] | undefined,
  problems: Problems,
): ReadonlyMap<string, ResolvedStream> {
  const resolved = new Map<string, ResolvedStream>();
  const { streams = {} } = options;
  if (typeof streams !== 'object' || streams === null || Array.isArray(streams)) {
    problems.add(
      'streams',
      `given ${describeGiven('streams', streams)}, expected an object of streams by name.`,
    );
    return resolved;
  }
  const moduleFrom = resolveFrom(options.from, 'from', options, problems);
  for (const name of new Set([...ALWAYS_THERE, ...Object.keys(streams)])) {
    const path = `streams.${name}`;
    if (!STREAM_NAME.test(name)) {
      problems.add(
        'streams',
        `${describeGiven(path, name)} is no name for a stream. Use letters, digits, - and _.`,
      );
      continue;
    }
    const given = (Object.hasOwn(streams, name) ? streams[name] : undefined) ?? {};
    if (!problems.check(StreamOptionsSchema, given, path)) continue;
    const lane = resolveLane(name, given.lane, known, problems);
    const around = { path, transports, localDomains: options.localDomains ?? [], problems };
    const from = resolveFrom(given.from, `${path}.from`, options, problems);
    resolved.set(name, {
      name,
      lane,
      from: from ?? moduleFrom,
      domains: resolveOwnDomains(given, from, around),
      bulk: resolveBulk(name, given, problems),
      returnPath: resolveReturnPath(`${path}.returnPath`, given.returnPath, options, problems),
      expiresInMs: resolveExpiry(`${path}.expiresIn`, given.expiresIn, problems),
      delivery: resolveDelivery(given, options, around),
    });
  }
  return resolved;
}

function resolveDelivery(
  given: StreamOptions,
  options: MailRelayOptions,
  around: RouteSurroundings,
): StreamDelivery {
  const { path, problems } = around;
  return {
    route: resolveRoute(given, around),
    retry: resolveRetry(`${path}.retry`, given.retry, problems),
    uncertain: given.uncertain ?? 'retry',
    dkim: given.dkim
      ? resolveKeys(`${path}.dkim`, given.dkim, problems)
      : resolveKeys('dkim', options.dkim, problems),
  };
}

function resolveOwnDomains(
  { domains }: StreamOptions,
  from: Mailbox | undefined,
  around: RouteSurroundings,
): ReadonlySet<string> | undefined {
  if (domains === undefined) return undefined;
  const path = `${around.path}.domains`;
  const own = new Set(domains.flatMap((domain, i) => resolveDomain(`${path}[${i}]`, domain, around) ?? []));
  if (from && !own.has(domainOf(from.address))) {
    around.problems.add(
      `${around.path}.from`,
      'is of a domain that is not in domains. Add it there, or correct one of the two.',
    );
  }
  return own;
}

function resolveBulk(name: string, { bulk }: StreamOptions, problems: Problems): boolean {
  if (name !== MARKETING) return bulk ?? false;
  if (bulk === false) {
    problems.add(
      `streams.${name}.bulk`,
      'cannot be false: use or declare another stream for mail of another kind.',
    );
  }
  return true;
}

function resolveFrom(
  given: MailRelayOptions['from'],
  path: string,
  { localDomains = [] }: MailRelayOptions,
  problems: Problems,
): Mailbox | undefined {
  if (given === undefined) return undefined;
  return problems.attempt(path, () => parseMailbox(given, path, { localDomains }));
}

function resolveReturnPath(
  path: string,
  given: string | undefined,
  { localDomains = [] }: MailRelayOptions,
  problems: Problems,
): string | undefined {
  if (given === undefined) return undefined;
  return problems.attempt(path, () => parseAddrSpec(given, path, { localDomains }));
}

function resolveExpiry(path: string, given: number | string | undefined, problems: Problems): number {
  return problems.attempt(path, () => parseDuration(given ?? DEFAULT_EXPIRES_IN, path)) ?? 0;
}

function resolveRetry(path: string, given: RetryOptions | undefined, problems: Problems): RetryPolicy {
  if (given === undefined || !problems.check(RetryOptionsSchema, given, path)) return DEFAULT_RETRY_POLICY;
  return {
    ...DEFAULT_RETRY_POLICY,
    delaysMs: given.delaysMs ?? DEFAULT_RETRY_POLICY.delaysMs,
    greylistMinMs: given.greylistMinMs ?? DEFAULT_RETRY_POLICY.greylistMinMs,
    slowMinMs: given.slowMinMs ?? DEFAULT_RETRY_POLICY.slowMinMs,
    uncertainMinMs: given.uncertainMinMs ?? DEFAULT_RETRY_POLICY.uncertainMinMs,
  };
}

function resolveLane(
  name: string,
  given: string | undefined,
  { lanes }: StaticOptions,
  problems: Problems,
): string {
  const lane = given ?? (lanes.includes(name) ? name : (lanes[0] ?? ALWAYS_THERE[0]));
  if (!lanes.includes(lane)) {
    problems.add(
      `streams.${name}.lane`,
      `"${lane}" is no lane. Use one of ${lanes.join(', ')}, or add it to lanes.`,
    );
  }
  return lane;
}

function resolveKeys(
  path: string,
  given: DkimKey | readonly DkimKey[] | undefined,
  problems: Problems,
): readonly DkimKey[] {
  if (given === undefined) return [];
  if (!isList(given)) return resolveKey(path, given, problems);
  return given.flatMap((key, i) => resolveKey(`${path}[${i}]`, key, problems));
}

function resolveKey(path: string, given: DkimKey, problems: Problems): readonly DkimKey[] {
  const key = problems.attempt(path, () => {
    assertDkimKey(given, path);
    return given;
  });
  return key ? [key] : [];
}

function isList(given: DkimKey | readonly DkimKey[]): given is readonly DkimKey[] {
  return Array.isArray(given);
}
