import { hostname } from 'node:os';
import { Logger, type FactoryProvider, type InjectionToken, type Provider, type Type } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import { CircuitBoard } from './circuits/circuit-board.js';
import { CircuitGate } from './circuits/circuit-gate.js';
import { SystemClock } from './clock/system-clock.js';
import { observerOf } from './core/observation/observer-chain.js';
import type { StageObserver } from './core/observation/stage-observer.js';
import { Clock } from './core/schedule/clock.js';
import { EventLog } from './events/log/event-log.js';
import { LogDispatcher } from './events/log/log-dispatcher.js';
import { MailEventBus, MailEventPublisher } from './events/mail-event-bus.js';
import { MailEventExplorer } from './events/mail-event.explorer.js';
import { circuitProviders } from './mail-relay.circuits.js';
import { journalProviders } from './mail-relay.journal.js';
import { LimitGate } from './limits/limit.gate.js';
import { factProviders } from './mail-relay.facts.js';
import { MEMORY_PROVIDERS } from './mail-relay.memory.js';
import { limitProviders } from './mail-relay.limits.js';
import { suppressionProviders } from './mail-relay.suppression.js';
import { MailRelayLifecycle } from './mail-relay.lifecycle.js';
import type { TransportClass } from './mail-relay.transport-class.js';
import { findTemplateDirs } from './mail-relay.template-feature.js';
import { TemplateLintReport } from './mail-relay.template-lint.js';
import { tenantProviders, type TenantProvider } from './mail-relay.tenants.js';
import { openTransports, type TransportOverride } from './mail-relay.transports.js';
import {
  CONTENT_TRANSFORMS,
  getMailJournalToken,
  getMailOperationsToken,
  getMailServiceToken,
  getTemplateCatalogToken,
  getTransportRegistryToken,
  getTransportStatesToken,
  getTransportToken,
  POLICIES,
  RELAY_NAME,
  getSuppressionListToken,
  SETTINGS,
  SUPPRESSION_POLICY,
  TRANSPORT_OVERRIDE,
  TRY_GATES,
  STAGE_OBSERVER,
} from './mail-relay.tokens.js';
import { Bell } from './bell/bell.js';
import { ContentRenderer } from './mailer/content-renderer.js';
import { EventLoopBudget } from './mailer/event-loop-budget.js';
import { FactIntake } from './mailer/ingest/fact-intake.js';
import { Intake } from './mailer/intake.js';
import { MailMaker } from './mailer/mail-maker.js';
import { MailService } from './mailer/mail.service.js';
import { MailOperations } from './operations/mail-operations.js';
import type { MailRelayOptions } from './options/mail-relay-options.js';
import { resolveOptions, type ResolvedOptions } from './options/resolve-options.js';
import type { MailPolicy } from './policies/mail-policy.js';
import { PolicyChain } from './policies/policy-chain.js';
import { StagingPolicy } from './policies/staging.policy.js';
import { MailQueue } from './queue/mail-queue.js';
import { RelayService } from './relay/relay.service.js';
import { RelayWorker } from './relay/relay-worker.js';
import { ScheduleKeeper } from './spool/schedule-keeper.js';
import { Spool, type ClaimRequest } from './spool/spool.js';
import { createTemplateRenderer } from './templates/create-template-renderer.js';
import type { ContentTransform } from './templates/content-transform.js';
import { TemplateAssets } from './templates/template-assets.js';
import { TemplateCatalog } from './templates/template-catalog.js';
import { TemplateRenderer } from './templates/template-renderer.js';
import type { MailTransport } from './transports/mail-transport.js';
import { Tenants } from './tenants/tenants.js';
import { TransportRegistry } from './transports/transport-registry.js';
import type { TryGate } from './transports/try-gate.js';
import { TryGateChain } from './transports/try-gate-chain.js';

/** What shapes a relay's part of the dependency graph. */
export interface RelayShape {
  readonly name: string;
  readonly lanes: readonly string[];
  readonly transportClasses: readonly TransportClass[];
  readonly tenants?: TenantProvider | undefined;
  readonly policies: readonly Type<MailPolicy>[];
  readonly contentTransforms: readonly Type<ContentTransform>[];
  readonly observers: readonly Type<StageObserver>[];
}

/** The lease where no worker is configured; nobody claims there. */
const NO_WORKER_LEASE_MS = 60_000;

/** Every default provider of a relay; each token is private to the relay's module unless it is exported. */
export function relayProviders(optionsToken: InjectionToken, shape: RelayShape): Provider[] {
  const log = new Logger(shape.name === 'default' ? 'MailRelay' : `MailRelay:${shape.name}`);
  // By the relay's own tokens, so that app.get(MailService) never finds a named relay's.
  const mailService = getMailServiceToken(shape.name);
  const transportRegistry = getTransportRegistryToken(shape.name);
  const claimOf = ({ worker }: ResolvedOptions): ClaimRequest => ({
    owner: `${hostname()}:${process.pid}`,
    leaseMs: worker === false ? NO_WORKER_LEASE_MS : worker.leaseMs,
  });
  return [
    { provide: RELAY_NAME, useValue: shape.name },
    provide(SETTINGS, [optionsToken], (options: MailRelayOptions) =>
      resolveOptions(options, {
        relay: shape.name,
        lanes: shape.lanes,
        transportClasses: shape.transportClasses.map(({ name }) => name),
        environment: process.env['NODE_ENV'],
        root: process.cwd(),
      }),
    ),
    { provide: Clock, useClass: SystemClock },
    ...shape.observers,
    provide(STAGE_OBSERVER, shape.observers, (...found: StageObserver[]) => observerOf(found)),
    ...MEMORY_PROVIDERS,
    ...listenerProviders(log),
    ...contentProviders(shape, log),
    ...transportProviders(shape, log),
    provide(
      ScheduleKeeper,
      [Spool, Clock, MailQueue],
      (spool: Spool, clock: Clock, queue: MailQueue) =>
        new ScheduleKeeper({
          spool,
          clock,
          ring: (lane, ids) => queue.ring(lane, ids),
          onError: (error) => log.error(`The spool could not be asked what is due: ${String(error)}`),
        }),
    ),
    ...suppressionProviders(shape.name),
    ...factProviders(shape.name),
    ...journalProviders(shape.name, log),
    ...circuitProviders(shape.name, log),
    ...tenantProviders(shape.name, shape.tenants, log),
    ...limitProviders(log),
    // In this order: what is down is not to cost a limit.
    provide(TRY_GATES, [CircuitGate, LimitGate], (...gates: TryGate[]) => gates),
    provide(
      RelayService,
      [
        SETTINGS,
        Spool,
        PolicyChain,
        transportRegistry,
        TRY_GATES,
        MailEventPublisher,
        Clock,
        ScheduleKeeper,
        Tenants,
        STAGE_OBSERVER,
      ],
      (
        settings: ResolvedOptions,
        spool: Spool,
        policies: PolicyChain,
        transports: TransportRegistry,
        gates: readonly TryGate[],
        events: MailEventPublisher,
        clock: Clock,
        keeper: ScheduleKeeper,
        tenants: Tenants | undefined,
        observer: StageObserver | undefined,
      ) =>
        new RelayService({
          settings: {
            ...claimOf(settings),
            attemptTimeoutMs: settings.worker === false ? 0 : settings.worker.attemptTimeoutMs,
            streams: new Map(Array.from(settings.streams, ([name, { delivery }]) => [name, delivery])),
          },
          spool,
          policies,
          transports,
          gate: new TryGateChain(gates),
          tenants,
          events,
          clock,
          random: Math.random,
          log,
          observer,
          expect: (at) => keeper.expect(at),
        }),
    ),
    provide(
      RelayWorker,
      [SETTINGS, RelayService, MailQueue, ScheduleKeeper, Clock],
      (
        settings: ResolvedOptions,
        relay: RelayService,
        queue: MailQueue,
        keeper: ScheduleKeeper,
        clock: Clock,
      ) => {
        const { worker } = settings;
        if (worker === false) return undefined;
        const lanes = worker.lanes.map((lane) => ({ lane, concurrency: worker.concurrency }));
        return new RelayWorker({ relay, queue, keeper, lanes, clock, log });
      },
    ),
    { provide: Intake, useFactory: () => new Intake() },
    provide(
      Bell,
      [MailQueue, ScheduleKeeper, Clock],
      (queue: MailQueue, keeper: ScheduleKeeper, clock: Clock) =>
        new Bell({ queue, expect: (at) => keeper.expect(at), now: () => clock.now() }),
    ),
    provide(
      mailService,
      [
        SETTINGS,
        ContentRenderer,
        TemplateAssets,
        Intake,
        Spool,
        Bell,
        MailEventBus,
        PolicyChain,
        Clock,
        FactIntake,
        RelayWorker,
        Tenants,
        STAGE_OBSERVER,
      ],
      (
        settings: ResolvedOptions,
        content: ContentRenderer,
        assets: TemplateAssets,
        intake: Intake,
        spool: Spool,
        bell: Bell,
        events: MailEventBus,
        policies: PolicyChain,
        clock: Clock,
        facts: FactIntake,
        worker: RelayWorker | undefined,
        tenants: Tenants | undefined,
        observer: StageObserver | undefined,
      ) =>
        new MailService({
          maker: new MailMaker({
            relay: settings.relay,
            streams: settings.streams,
            localDomains: settings.localDomains,
            limits: settings.attachments,
            content,
            assets,
            policies,
            clock,
            budget: new EventLoopBudget(),
            tenants,
            observer,
          }),
          content,
          intake,
          spool,
          bell,
          clock,
          events,
          claim: claimOf(settings),
          facts,
          firstAttempt: worker,
          observer,
        }),
    ),
    provide(
      getMailOperationsToken(shape.name),
      [SETTINGS, Spool, MailQueue, Bell, MailEventPublisher, Clock, ScheduleKeeper],
      (
        settings: ResolvedOptions,
        spool: Spool,
        queue: MailQueue,
        bell: Bell,
        events: MailEventPublisher,
        clock: Clock,
        keeper: ScheduleKeeper,
      ) =>
        new MailOperations({
          spool,
          queue,
          bell,
          events,
          clock,
          lanes: shape.lanes,
          streams: settings.streams,
          expect: (at) => keeper.expect(at),
        }),
    ),
    provide(
      MailRelayLifecycle,
      [
        SETTINGS,
        DiscoveryService,
        MailEventBus,
        MailEventExplorer,
        Intake,
        RelayWorker,
        MailQueue,
        Spool,
        transportRegistry,
        CircuitBoard,
        Tenants,
      ],
      (...parts: ConstructorParameters<typeof MailRelayLifecycle>) => new MailRelayLifecycle(...parts),
    ),
  ];
}

/** What a relay's module exports: the unnamed relay by class, a named one by its tokens. */
export function relayExports({ name, transportClasses }: RelayShape): InjectionToken[] {
  return [
    getMailServiceToken(name),
    getMailOperationsToken(name),
    getTransportRegistryToken(name),
    getTransportStatesToken(name),
    getTemplateCatalogToken(name),
    getSuppressionListToken(name),
    getMailJournalToken(name),
    ...transportClasses.map((one) => getTransportToken(one.name, name)),
  ];
}

function listenerProviders(log: Logger): Provider[] {
  const warn = (message: string, error?: unknown): void => {
    if (error === undefined) log.warn(message);
    else log.error(message, error instanceof Error ? error.stack : error);
  };
  return [
    provide(MailEventBus, [EventLog, Clock], (log: EventLog | undefined, clock: Clock) => {
      const owner = `${hostname()}:${process.pid}`;
      const kept = log && {
        log,
        dispatcher: new LogDispatcher({ log, clock, owner, warn, random: Math.random }),
      };
      return new MailEventBus({ warn, kept });
    }),
    { provide: MailEventPublisher, useExisting: MailEventBus },
    provide(
      MailEventExplorer,
      [DiscoveryService, ModuleRef],
      (discovery: DiscoveryService, moduleRef: ModuleRef) => new MailEventExplorer(discovery, moduleRef),
    ),
  ];
}

function contentProviders({ name, policies, contentTransforms }: RelayShape, log: Logger): Provider[] {
  return [
    ...policies,
    ...contentTransforms,
    provide(POLICIES, policies, (...found: MailPolicy[]) => found),
    provide(CONTENT_TRANSFORMS, contentTransforms, (...found: ContentTransform[]) => found),
    provide(
      PolicyChain,
      [SUPPRESSION_POLICY, POLICIES, SETTINGS],
      (suppression: MailPolicy | undefined, found: readonly MailPolicy[], { staging }: ResolvedOptions) =>
        new PolicyChain([
          ...(suppression ? [suppression] : []),
          ...found,
          // Last, so that nobody whom another policy stops is redirected, and no policy adds recipients behind it.
          ...(staging ? [new StagingPolicy(staging)] : []),
        ]),
    ),
    provide(
      TemplateRenderer,
      [SETTINGS, DiscoveryService],
      async ({ templates, relay }: ResolvedOptions, discovery: DiscoveryService) => {
        const brought = findTemplateDirs(discovery, relay);
        const options =
          brought.length === 0
            ? templates
            : { ...templates, dir: [...[templates?.dir ?? []].flat(), ...brought] };
        const renderer = createTemplateRenderer(options, { notice: (message) => log.log(message) });
        await renderer.prepare();
        return renderer;
      },
    ),
    provide(TemplateAssets, [TemplateRenderer], (renderer: TemplateRenderer) =>
      TemplateAssets.read(renderer.roots()),
    ),
    provide(
      getTemplateCatalogToken(name),
      [TemplateRenderer, TemplateAssets],
      (renderer: TemplateRenderer, assets: TemplateAssets) => new TemplateCatalog(renderer, assets),
    ),
    provide(
      TemplateLintReport,
      [SETTINGS, getTemplateCatalogToken(name)],
      ({ lintsTemplates }: ResolvedOptions, catalog: TemplateCatalog) =>
        new TemplateLintReport(lintsTemplates ? catalog : undefined, log),
    ),
    provide(
      ContentRenderer,
      [TemplateRenderer, CONTENT_TRANSFORMS],
      (renderer: TemplateRenderer, transforms: readonly ContentTransform[]) =>
        new ContentRenderer(renderer, transforms),
    ),
  ];
}

function transportProviders({ name, transportClasses, tenants }: RelayShape, log: Logger): Provider[] {
  const tokens = transportClasses.map((one) => getTransportToken(one.name, name));
  return [
    { provide: TRANSPORT_OVERRIDE, useValue: undefined },
    ...transportClasses.map(({ useClass }, i): Provider => ({ provide: tokens[i] ?? useClass, useClass })),
    provide(
      getTransportRegistryToken(name),
      [SETTINGS, Clock, TRANSPORT_OVERRIDE, ...tokens],
      (
        settings: ResolvedOptions,
        clock: Clock,
        override: TransportOverride | undefined,
        ...instances: MailTransport[]
      ) =>
        openTransports(
          settings,
          transportClasses.map((one, i) => ({ name: one.name, transport: instances[i] })),
          { relay: name, clock, notice: (message) => log.log(message), warn: (message) => log.warn(message) },
          { override, hasTenants: tenants !== undefined },
        ),
    ),
  ];
}

function provide(
  token: InjectionToken,
  inject: readonly InjectionToken[],
  // Nest calls a factory with what its tokens stand for; the parameters say what that is.
  // oxlint-disable-next-line typescript/no-explicit-any
  useFactory: (...args: any[]) => unknown,
): FactoryProvider {
  return { provide: token, inject: [...inject], useFactory };
}
