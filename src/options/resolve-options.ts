import { resolve } from 'node:path';
import type { ComposeLimits } from '../compose/compose-request.js';
import type { CircuitSettings } from '../core/circuit/circuit-breaker.js';
import type { TemplateOptions } from '../templates/template-options.js';
import type { TransportDefinition } from '../transports/transport-definition.js';
import { AttachmentOptionsSchema, type AttachmentOptions } from './attachment-options.js';
import { resolveDelivery, type DeliveryMode } from './delivery-option.js';
import type { GivenRetention } from '../journal/journal-retention.js';
import type { LimitSettings } from '../limits/limit-settings.js';
import { MailRelayOptionsSchema, type MailRelayOptions } from './mail-relay-options.js';
import type { StagingRules } from '../policies/staging.policy.js';
import { BreakerOptionsSchema, circuitSettings } from './breaker-options.js';
import { Problems } from './problems.js';
import { resolveLimits } from './resolve-limits.js';
import { resolveStreams, type ResolvedStream } from './resolve-streams.js';
import { resolveTransports } from './resolve-transports.js';
import { resolveJournal } from './journal-options.js';
import { resolveSuppression, type SuppressionSettings } from './suppression-options.js';
import { ShutdownOptionsSchema } from './shutdown-options.js';
import type { StaticOptions } from './static-options.js';
import { TemplateOptionsSchema } from './template-options-schema.js';
import { WorkerOptionsSchema, type WorkerOptions } from './worker-options.js';

/** What of the queue this process works on. */
export interface ResolvedWorker {
  readonly lanes: readonly string[];
  readonly concurrency: number;
  readonly attemptTimeoutMs: number;
  readonly leaseMs: number;
}

/** The options with every default worked in. */
export interface ResolvedOptions {
  readonly relay: string;
  readonly mode: DeliveryMode;
  /** Whether the options say so; else it follows from the environment. */
  readonly modeGiven: boolean;
  /** Who may be mailed, when not everybody. */
  readonly staging?: StagingRules | undefined;
  readonly transports: readonly TransportDefinition[];
  readonly streams: ReadonlyMap<string, ResolvedStream>;
  readonly templates?: TemplateOptions | undefined;
  /** Whether the boot log tells what is likely to go wrong with templates. */
  readonly lintsTemplates: boolean;
  readonly worker: false | ResolvedWorker;
  readonly circuits: CircuitSettings;
  readonly limits: LimitSettings;
  /** False where the suppression list is not asked. */
  readonly suppression: false | SuppressionSettings;
  /** How long the journal remembers, as far as the options say; false where nothing is recorded. */
  readonly journal: false | GivenRetention;
  readonly drainMs: number;
  /** Whether mail may be kept in memory, and lost with the process: agreed to, told once, or refused. */
  readonly memoryStorage: 'accepted' | 'warned' | 'refused';
  readonly attachments: ComposeLimits;
  readonly localDomains: readonly string[];
}

const DEFAULT_CONCURRENCY = 20;
const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 15 * 60 * 1000;
const DEFAULT_DRAIN_MS = 20_000;
const MIB = 1024 * 1024;

/** What is said about a spool in memory that nobody asked for. */
const MEMORY_BY_ENVIRONMENT: Readonly<Record<string, ResolvedOptions['memoryStorage'] | undefined>> = {
  test: 'accepted',
  production: 'refused',
};

/**
 * Checks the options and works the defaults in.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` that lists every problem
 */
export function resolveOptions(given: MailRelayOptions, known: StaticOptions): ResolvedOptions {
  const problems = new Problems();
  problems.check(MailRelayOptionsSchema, given, '');
  if (problems.concerns('options')) problems.throwIfAny(known.relay);

  const options = withoutProblems(given, problems);
  const { attachments = {}, breaker = {}, shutdown = {}, storage, templates, localDomains = [] } = options;
  const delivery = resolveDelivery(options.delivery, known.environment, localDomains, problems);
  const { mode, staging } = delivery;
  const worker = resolveWorker(options.worker ?? true, known, problems);
  const transports = worker === false ? [] : resolveTransports(options, known, mode, problems);
  const names = [...transports.map(({ name }) => name), ...known.transportClasses];
  const streams = resolveStreams(options, known, worker === false ? undefined : names, problems);
  const concurrency = worker === false ? DEFAULT_CONCURRENCY : worker.concurrency;
  const suppression = resolveSuppression(options.suppression, streams, problems);
  const journal = resolveJournal(options.journal, problems);
  const limitContext = { transports, names: worker === false ? undefined : names, concurrency };
  const limits = resolveLimits(options, limitContext, problems);
  if (templates !== undefined) problems.check(TemplateOptionsSchema, templates, 'templates');
  problems.check(AttachmentOptionsSchema, attachments, 'attachments');
  problems.check(BreakerOptionsSchema, breaker, 'breaker');
  problems.check(ShutdownOptionsSchema, shutdown, 'shutdown');
  problems.throwIfAny(known.relay);

  return {
    relay: known.relay,
    mode,
    modeGiven: delivery.given,
    staging,
    transports,
    streams,
    templates,
    lintsTemplates: templates?.lint ?? !['production', 'test'].includes(known.environment ?? ''),
    worker,
    circuits: circuitSettings(breaker),
    limits,
    suppression,
    journal,
    drainMs: shutdown.drainMs ?? DEFAULT_DRAIN_MS,
    memoryStorage:
      storage === 'memory' ? 'accepted' : (MEMORY_BY_ENVIRONMENT[known.environment ?? ''] ?? 'warned'),
    attachments: resolveComposeLimits(attachments, known.root),
    localDomains,
  };
}

/** What is wrong as such is left out, so that the rest can be looked at in the same pass. */
function withoutProblems(given: MailRelayOptions, problems: Problems): MailRelayOptions {
  return Object.fromEntries(Object.entries(given).filter(([option]) => !problems.concerns(option)));
}

function resolveWorker(
  worker: boolean | WorkerOptions,
  { lanes }: StaticOptions,
  problems: Problems,
): false | ResolvedWorker {
  if (worker === false) return false;
  const given = worker === true ? {} : worker;
  const correct = problems.check(WorkerOptionsSchema, given, 'worker');
  for (const lane of (correct && given.lanes) || []) {
    if (!lanes.includes(lane))
      problems.add('worker.lanes', `"${lane}" is no lane. Lanes: ${lanes.join(', ')}.`);
  }
  return {
    lanes: given.lanes ?? lanes,
    concurrency: given.concurrency ?? DEFAULT_CONCURRENCY,
    attemptTimeoutMs: given.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
    leaseMs: given.leaseMs ?? DEFAULT_LEASE_MS,
  };
}

function resolveComposeLimits(given: AttachmentOptions, root: string): ComposeLimits {
  return {
    roots: (given.roots ?? []).map((folder) => resolve(root, folder)),
    maxAttachmentBytes: given.maxBytes ?? 10 * MIB,
    maxMessageBytes: given.maxMessageBytes ?? 25 * MIB,
  };
}
