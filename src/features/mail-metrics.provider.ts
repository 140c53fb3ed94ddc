import type { FactoryProvider, InjectionToken, Type } from '@nestjs/common';
import type { TransportStates } from '../circuits/transport-states.js';
import { Clock } from '../core/schedule/clock.js';
import { MailEventBus } from '../events/mail-event-bus.js';
import { getTransportStatesToken } from '../mail-relay.tokens.js';
import { MailMetrics } from '../metrics/mail-metrics.js';
import type { MetricInstruments } from '../metrics/metric-instruments.js';
import type { MetricsObserver } from '../metrics/metrics.observer.js';
import { Spool } from '../spool/spool.js';

/** The metrics of a relay, on their way to whoever reads what these instruments are told. */
export function mailMetricsProvider(
  relay: string,
  instrumentsToken: InjectionToken,
  observerClass: Type<MetricsObserver>,
): FactoryProvider<MailMetrics> {
  return {
    provide: Symbol('nestjs-mail-relay metrics'),
    inject: [instrumentsToken, MailEventBus, Spool, getTransportStatesToken(relay), Clock, observerClass],
    useFactory: (
      instruments: MetricInstruments,
      events: MailEventBus,
      spool: Spool,
      states: TransportStates,
      clock: Clock,
      observer: MetricsObserver,
    ) => {
      const metrics = new MailMetrics({ relay, instruments, events, spool, states, clock });
      observer.metrics = metrics;
      return metrics;
    },
  };
}
