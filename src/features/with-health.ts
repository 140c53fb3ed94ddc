import type { Provider } from '@nestjs/common';
import { TransportStates } from '../circuits/transport-states.js';
import { Clock } from '../core/schedule/clock.js';
import { MailEventBus } from '../events/mail-event-bus.js';
import { healthController } from '../health/health.controller.js';
import { resolveHealthOptions, type HealthOptions, type HealthSettings } from '../health/health-options.js';
import { getMailHealthIndicatorToken } from '../health/health.tokens.js';
import { MailHealth } from '../health/mail-health.js';
import { MailHealthIndicator } from '../health/mail-health-indicator.js';
import { RecentOutcomes } from '../health/recent-outcomes.js';
import { StorageProbe } from '../health/storage-probe.js';
import { TransportProbe } from '../health/transport-probe.js';
import type { MailRelayFeature } from '../mail-relay.feature.js';
import { getTransportRegistryToken, getTransportStatesToken } from '../mail-relay.tokens.js';
import { Spool } from '../spool/spool.js';
import type { TransportRegistry } from '../transports/transport-registry.js';

/**
 * Says over HTTP, and to `@nestjs/terminus`, whether this process can take mail and whether mail goes out. The routes show
 * counts and names of transports, and neither addresses nor hosts.
 *
 * @example
 * ```ts
 * MailRelayModule.forRoot({ from: 'Acme <hello@acme.test>', features: [withHealth({ path: 'health/mail' })] })
 * // GET /health/mail/live and /health/mail/ready
 * ```
 * @publicApi
 */
export function withHealth(options: HealthOptions = {}): (relay: string) => MailRelayFeature {
  return (relay) => {
    const settings = resolveHealthOptions(options, relay);
    const indicator = getMailHealthIndicatorToken(relay);
    return {
      controllers: settings.path === undefined ? [] : [healthController(settings.path, indicator)],
      providers: [
        healthProvider(relay, settings),
        {
          provide: indicator,
          inject: [MailHealth],
          useFactory: (health: MailHealth) => new MailHealthIndicator(health),
        },
      ],
      exports: [indicator],
    };
  };
}

function healthProvider(relay: string, settings: HealthSettings): Provider {
  return {
    provide: MailHealth,
    inject: [Spool, Clock, MailEventBus, getTransportRegistryToken(relay), getTransportStatesToken(relay)],
    useFactory: (
      spool: Spool,
      clock: Clock,
      events: MailEventBus,
      registry: TransportRegistry,
      states: TransportStates,
    ) => {
      const names = registry.names();
      const outcomes = new RecentOutcomes(clock, names);
      // Ends with the bus.
      events.events$.subscribe((event) => outcomes.add(event));
      const { probeIntervalMs, verifyTimeoutMs, storageTimeoutMs } = settings;
      return new MailHealth({
        settings,
        storage: new StorageProbe({ spool, clock, timeoutMs: storageTimeoutMs }),
        transports: new Map(
          names.map((name) => [
            name,
            new TransportProbe({
              transport: registry.get(name),
              clock,
              intervalMs: probeIntervalMs,
              timeoutMs: verifyTimeoutMs,
              sinceSent: () => outcomes.sinceSent(name),
            }),
          ]),
        ),
        states,
        outcomes,
        clock,
      });
    },
  };
}
