import type { Provider } from '@nestjs/common';
import { TransportStates } from '../circuits/transport-states.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { Clock } from '../core/schedule/clock.js';
import { MailEventBus } from '../events/mail-event-bus.js';
import type { MailRelayFeature } from '../mail-relay.feature.js';
import { getTransportStatesToken } from '../mail-relay.tokens.js';
import { MailMetrics } from '../metrics/mail-metrics.js';
import { OtelInstruments } from '../otel/otel-instruments.js';
import { OtelMetricsObserver } from '../otel/otel-metrics.observer.js';
import { checkOpenTelemetryOptions, type OpenTelemetryOptions } from '../otel/otel-options.js';
import { SpansObserver } from '../otel/spans.observer.js';
import { StageSpans } from '../otel/stage-spans.js';
import { Spool } from '../spool/spool.js';

/** Beside those for Prometheus, when a relay has both. */
const OTEL_METRICS = Symbol('nestjs-mail-relay metrics for OpenTelemetry');
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
    providers: [...(spans ? [spansProvider(attempts)] : []), ...(metrics ? [metricsProvider(relay)] : [])],
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

function metricsProvider(relay: string): Provider {
  return {
    provide: OTEL_METRICS,
    inject: [MailEventBus, Spool, getTransportStatesToken(relay), Clock, OtelMetricsObserver],
    useFactory: async (
      events: MailEventBus,
      spool: Spool,
      states: TransportStates,
      clock: Clock,
      observer: OtelMetricsObserver,
    ) => {
      const { metrics } = await loadOpenTelemetry();
      const instruments = new OtelInstruments(metrics.getMeter('nestjs-mail-relay'));
      observer.metrics = new MailMetrics({ relay, instruments, events, spool, states, clock });
      return observer.metrics;
    },
  };
}

async function loadOpenTelemetry(): Promise<typeof import('@opentelemetry/api')> {
  try {
    return await import('@opentelemetry/api');
  } catch (cause) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_PACKAGE_MISSING',
      'withOpenTelemetry needs a package of the application that is not there: npm install @opentelemetry/api',
      { cause },
    );
  }
}
