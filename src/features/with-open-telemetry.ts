import type { Provider } from '@nestjs/common';
import { loadOptional } from '../core/optional-package.js';
import type { MailRelayFeature } from '../mail-relay.feature.js';
import { mailMetricsProvider } from './mail-metrics.provider.js';
import { OtelInstruments } from '../otel/otel-instruments.js';
import { OtelMetricsObserver } from '../otel/otel-metrics.observer.js';
import { checkOpenTelemetryOptions, type OpenTelemetryOptions } from '../otel/otel-options.js';
import { SpansObserver } from '../otel/spans.observer.js';
import { StageSpans } from '../otel/stage-spans.js';

const STAGE_SPANS = Symbol('nestjs-mail-relay spans');

/**
 * Spans and metrics for OpenTelemetry: compose, render, store, every attempt and every try of a transport, in one trace
 * through the queue and over restarts. Needs the package `@opentelemetry/api`, and an SDK that the application starts
 * before it; without an SDK nothing is recorded.
 *
 * @example
 * ```ts
 * MailRelayModule.forRoot({
 *   from: 'Acme <hello@acme.test>',
 *   features: [withOpenTelemetry()],
 * })
 * ```
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` for an option that is none
 * @publicApi
 */
export function withOpenTelemetry(options: OpenTelemetryOptions = {}): (relay: string) => MailRelayFeature {
  checkOpenTelemetryOptions(options);
  const { spans = true, metrics = true, attempts = 'child' } = options;
  return (relay) => ({
    providers: [...(spans ? [spansProvider(attempts)] : []), ...(metrics ? metricsProviders(relay) : [])],
    observers: [...(spans ? [SpansObserver] : []), ...(metrics ? [OtelMetricsObserver] : [])],
  });
}

function spansProvider(attempts: 'child' | 'link'): Provider {
  return {
    provide: STAGE_SPANS,
    inject: [SpansObserver],
    useFactory: async (observer: SpansObserver) => {
      observer.spans = new StageSpans(await loadOpenTelemetry(), attempts);
      return observer.spans;
    },
  };
}

function metricsProviders(relay: string): Provider[] {
  return [
    {
      provide: OtelInstruments,
      useFactory: async () => {
        const { metrics } = await loadOpenTelemetry();
        return new OtelInstruments(metrics.getMeter('nestjs-mail-relay'));
      },
    },
    mailMetricsProvider(relay, OtelInstruments, OtelMetricsObserver),
  ];
}

function loadOpenTelemetry(): Promise<typeof import('@opentelemetry/api')> {
  return loadOptional('withOpenTelemetry()', '@opentelemetry/api', () => import('@opentelemetry/api'));
}
