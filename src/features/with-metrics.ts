import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { loadOptional } from '../core/optional-package.js';
import type { MailRelayFeature } from '../mail-relay.feature.js';
import { LoopbackGuard } from '../metrics/loopback.guard.js';
import { mailMetricsProvider } from './mail-metrics.provider.js';
import { METRICS_REGISTRY, metricsController } from '../metrics/metrics.controller.js';
import { checkMetricsOptions, type MetricsOptions } from '../metrics/metrics-options.js';
import { MetricsObserver } from '../metrics/metrics.observer.js';
import { PrometheusInstruments } from '../metrics/prometheus-instruments.js';

/** The text format of Prometheus, which a registry writes unless it is told otherwise. */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Counts what the relay does, for Prometheus: events, outcomes and failures by class, durations of stages and tries, what
 * is pending and how late, and whether storage and transports work. Needs the package `prom-client`.
 *
 * @example
 * ```ts
 * MailRelayModule.forRoot({
 *   from: 'Acme <hello@acme.test>',
 *   features: [withMetrics({ path: 'metrics/mail', guards: 'loopback' })],
 * })
 * ```
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` for a route that everybody could read
 * @publicApi
 */
export function withMetrics(options: MetricsOptions = {}): (relay: string) => MailRelayFeature {
  checkMetricsOptions(options);
  return (relay) => {
    const { path, guards = [] } = options;
    const asked = guards === 'loopback' ? [LoopbackGuard] : guards;
    const mounted = path === undefined || relay === 'default' ? path : `${path}/${relay}`;
    return {
      imports: options.imports ?? [],
      controllers:
        mounted === undefined
          ? []
          : [metricsController(mounted, asked, options.registry?.contentType ?? PROMETHEUS)],
      providers: metricsProviders(relay, options),
      observers: [MetricsObserver],
    };
  };
}

function metricsProviders(relay: string, options: MetricsOptions): Provider[] {
  return [
    {
      provide: METRICS_REGISTRY,
      useFactory: async () => options.registry ?? new (await loadPromClient()).Registry(),
    },
    {
      provide: PrometheusInstruments,
      inject: [METRICS_REGISTRY],
      useFactory: async (registry: Registry) => PrometheusInstruments.of(registry, await loadPromClient()),
    },
    mailMetricsProvider(relay, PrometheusInstruments, MetricsObserver),
  ];
}

async function loadPromClient(): Promise<typeof import('prom-client')> {
  // CommonJS: everything is on the default export as well.
  return loadOptional('withMetrics()', 'prom-client@15', async () => (await import('prom-client')).default);
}
