import { MailRelayError } from '../core/mail-relay-error.js';

/** What readiness may depend on. @publicApi */
export const READINESS_PARTS = ['storage', 'transports'] as const;

/** One of {@link READINESS_PARTS}. @publicApi */
export type ReadinessPart = (typeof READINESS_PARTS)[number];

/** What `withHealth()` takes. @publicApi */
export interface HealthOptions {
  /**
   * Where the routes are: `<path>/live` and `<path>/ready`, with the relay's name behind `path` when it has one. `false`
   * mounts none, for an application that asks `MailHealthIndicator` itself.
   *
   * @default 'health/mail'
   */
  readonly path?: string | false | undefined;
  /**
   * What must work for this process to be ready. Without a transport mail is still accepted and waits, so it takes part
   * only where somebody says so.
   *
   * @default ['storage']
   */
  readonly readiness?: readonly ReadinessPart[] | undefined;
  /**
   * How long what was found out about a transport is taken for true, milliseconds: at most one connection is made in this
   * time, however often somebody asks, and none when mail went out meanwhile.
   *
   * @default 30 000
   */
  readonly probeIntervalMs?: number | undefined;
  /** How long a transport may take to say that it would take mail, milliseconds. @default 5000 */
  readonly verifyTimeoutMs?: number | undefined;
  /** How long the storage may take to answer, milliseconds. @default 1000 */
  readonly storageTimeoutMs?: number | undefined;
  /** From when on the relay is called degraded. */
  readonly degraded?:
    | {
        /** The oldest mail that is due and not sent yet is so late, milliseconds. @default 300 000 */
        readonly lagMs?: number | undefined;
        /**
         * The oldest pending mail waits for so long, however often it was tried, milliseconds. A mailbox that is full for
         * days is nothing that somebody has to mend at night.
         *
         * @default never
         */
        readonly oldestPendingMs?: number | undefined;
        /** The share of recipients that bounced or were given up on, in the last five minutes. @default 0.5 */
        readonly failedRatio?: number | undefined;
        /** The least number of outcomes a share is worth something of. @default 20 */
        readonly minOutcomes?: number | undefined;
      }
    | undefined;
}

/** Everything worked in. */
export interface HealthSettings {
  readonly path: string | undefined;
  readonly readiness: ReadonlySet<ReadinessPart>;
  readonly probeIntervalMs: number;
  readonly verifyTimeoutMs: number;
  readonly storageTimeoutMs: number;
  readonly lagMs: number;
  readonly oldestPendingMs: number;
  readonly failedRatio: number;
  readonly minOutcomes: number;
}

const KNOWN = ['path', 'readiness', 'probeIntervalMs', 'verifyTimeoutMs', 'storageTimeoutMs', 'degraded'];
const KNOWN_DEGRADED = ['lagMs', 'oldestPendingMs', 'failedRatio', 'minOutcomes'];
const PATH = /^[\w-]+(\/[\w-]+)*$/;

/** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`, with everything that is wrong */
export function resolveHealthOptions(options: HealthOptions, relay: string): HealthSettings {
  const { path = 'health/mail', readiness = ['storage'], degraded = {} } = options;
  const settings = {
    readiness: new Set(readiness),
    probeIntervalMs: options.probeIntervalMs ?? 30_000,
    verifyTimeoutMs: options.verifyTimeoutMs ?? 5000,
    storageTimeoutMs: options.storageTimeoutMs ?? 1000,
    lagMs: degraded.lagMs ?? 300_000,
    oldestPendingMs: degraded.oldestPendingMs ?? Number.POSITIVE_INFINITY,
    failedRatio: degraded.failedRatio ?? 0.5,
    minOutcomes: degraded.minOutcomes ?? 20,
  };
  const problems = [
    ...unknownOf(options, KNOWN, ''),
    ...unknownOf(degraded, KNOWN_DEGRADED, 'degraded.'),
    ...(path !== false && !PATH.test(path) ? ['path must be like health/mail, or false'] : []),
    ...readiness
      .filter((part) => !READINESS_PARTS.includes(part))
      .map(() => `readiness must hold nothing but ${READINESS_PARTS.join(' and ')}`),
    ...(['probeIntervalMs', 'verifyTimeoutMs', 'storageTimeoutMs'] as const)
      .filter((name) => !(settings[name] >= 1))
      .map((name) => `${name} must be a number of milliseconds, 1 or more`),
    ...(['lagMs', 'oldestPendingMs'] as const)
      .filter((name) => !(settings[name] >= 0))
      .map((name) => `degraded.${name} must be a number of milliseconds`),
    ...(settings.failedRatio > 0 && settings.failedRatio <= 1
      ? []
      : ['degraded.failedRatio must be a share, above 0 and at most 1']),
    ...(settings.minOutcomes >= 1 ? [] : ['degraded.minOutcomes must be 1 or more']),
  ];
  if (problems.length > 0) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      `The options of withHealth are wrong: ${problems.join('; ')}.`,
      {
        field: 'withHealth',
      },
    );
  }
  const mounted = path === false ? undefined : relay === 'default' ? path : `${path}/${relay}`;
  return { ...settings, path: mounted };
}

function unknownOf(given: object, known: readonly string[], prefix: string): readonly string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `${prefix}${name} is not known: there are ${known.join(', ')}`);
}
