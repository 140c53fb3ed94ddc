import { parseAddrSpec, parseMailbox } from '../core/address/address.js';
import { parseDuration } from '../core/schedule/duration.js';
import type { Mailbox } from '../core/address/mailbox.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../core/schedule/retry-schedule.js';
import type { StreamDelivery } from '../relay/relay-settings.js';
import { assertDkimKey } from '../transports/dkim-signer.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import { describeGiven } from './option-problem.js';
import type { Problems } from './problems.js';
import { RetryOptionsSchema, type RetryOptions } from './retry-options.js';
import type { StaticOptions } from './static-options.js';
import { StreamOptionsSchema, type StreamOptions } from './stream-options.js';

/** A stream with every default worked in. */
export interface ResolvedStream {
  readonly name: string;
  readonly lane: string;
  readonly from?: Mailbox | undefined;
  readonly returnPath?: string | undefined;
  readonly expiresInMs: number;
  readonly delivery: StreamDelivery;
}

const ALWAYS_THERE = ['transactional', 'marketing'] as const;
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
    checkTransports(`${path}.transports`, given.transports ?? [], transports, problems);
    resolved.set(name, {
      name,
      lane,
      from: resolveFrom(given.from, `${path}.from`, options, problems) ?? moduleFrom,
      returnPath: resolveReturnPath(`${path}.returnPath`, given.returnPath, options, problems),
      expiresInMs: resolveExpiry(`${path}.expiresIn`, given.expiresIn, problems),
      delivery: resolveDelivery(path, given, options, transports ?? [], problems),
    });
  }
  return resolved;
}

function resolveDelivery(
  path: string,
  given: StreamOptions,
  options: MailRelayOptions,
  transports: readonly string[],
  problems: Problems,
): StreamDelivery {
  return {
    transports: given.transports ?? transports,
    retry: resolveRetry(`${path}.retry`, given.retry, problems),
    uncertain: given.uncertain ?? 'retry',
    dkim: given.dkim
      ? resolveKey(`${path}.dkim`, given.dkim, problems)
      : resolveKey('dkim', options.dkim, problems),
  };
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

function checkTransports(
  path: string,
  wanted: readonly string[],
  known: readonly string[] | undefined,
  problems: Problems,
): void {
  for (const name of wanted) {
    if (known && !known.includes(name)) {
      problems.add(path, `there is no transport "${name}". Declared: ${known.join(', ') || 'none'}.`);
    }
  }
}

function resolveKey(path: string, given: DkimKey | undefined, problems: Problems): DkimKey | undefined {
  if (given === undefined) return undefined;
  return problems.attempt(path, () => {
    assertDkimKey(given, path);
    return given;
  });
}
