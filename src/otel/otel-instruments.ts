import type {
  BatchObservableCallback,
  Counter,
  Histogram,
  Meter,
  MetricOptions,
  ObservableGauge,
} from '@opentelemetry/api';
import {
  BUCKETS,
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  mapMetrics,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type Metric,
} from '../metrics/metric-catalogue.js';
import type { Level, MetricInstruments } from '../metrics/metric-instruments.js';

/** The metrics of a relay as OpenTelemetry takes them; a meter gives two relays the same instruments. */
export class OtelInstruments implements MetricInstruments {
  readonly #meter: Meter;
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  readonly #histograms: Readonly<Record<HistogramName, Histogram>>;
  readonly #gauges: Readonly<Record<GaugeName, ObservableGauge>>;

  constructor(meter: Meter) {
    this.#meter = meter;
    const advice = { explicitBucketBoundaries: [...BUCKETS] };
    this.#counters = mapMetrics(COUNTERS, (metric) => meter.createCounter(metric.name, optionsOf(metric)));
    this.#histograms = mapMetrics(HISTOGRAMS, (metric) =>
      meter.createHistogram(metric.name, { ...optionsOf(metric), advice }),
    );
    this.#gauges = mapMetrics(GAUGES, (metric) =>
      meter.createObservableGauge(metric.name, optionsOf(metric)),
    );
  }

  add<Name extends CounterName>(counter: Name, labels: LabelsOf<(typeof COUNTERS)[Name]>): void {
    this.#counters[counter].add(1, labels);
  }

  record<Name extends HistogramName>(
    histogram: Name,
    labels: LabelsOf<(typeof HISTOGRAMS)[Name]>,
    seconds: number,
  ): void {
    this.#histograms[histogram].record(seconds, labels);
  }

  watch(levels: () => Promise<readonly Level[]>): () => void {
    const gauges = Object.values(this.#gauges);
    const observe: BatchObservableCallback = async (result) => {
      for (const { gauge, value, labels } of await levels())
        result.observe(this.#gauges[gauge], value, labels);
    };
    this.#meter.addBatchObservableCallback(observe, gauges);
    return () => this.#meter.removeBatchObservableCallback(observe, gauges);
  }
}

function optionsOf({ help, unit }: Metric): MetricOptions {
  return { description: help, ...(unit && { unit }) };
}
