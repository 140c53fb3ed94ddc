import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
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
} from './metric-catalogue.js';
import type { Level, MetricInstruments } from './metric-instruments.js';

type PromClient = typeof import('prom-client');

const made = new WeakMap<Registry, PrometheusInstruments>();

/** The metrics of the relays that share a registry. */
export class PrometheusInstruments implements MetricInstruments {
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  readonly #histograms: Readonly<Record<HistogramName, Histogram>>;
  readonly #sources = new Set<() => Promise<readonly Level[]>>();

  private constructor(registry: Registry, { Counter, Gauge, Histogram }: PromClient) {
    const registers = [registry];
    this.#counters = mapMetrics(
      COUNTERS,
      (metric) => new Counter({ ...prometheus(metric, '_total'), registers }),
    );
    this.#histograms = mapMetrics(
      HISTOGRAMS,
      (metric) => new Histogram({ ...prometheus(metric), buckets: [...BUCKETS], registers }),
    );
    const sources = this.#sources;
    mapMetrics(GAUGES, (metric, name) => {
      // A function of its own: prom-client gives the gauge as `this`.
      const collect = function (this: Gauge): Promise<void> {
        return show(this, name, sources);
      };
      return new Gauge({ ...prometheus(metric), registers, collect });
    });
  }

  /** Made with the first relay that uses the registry. */
  static of(registry: Registry, client: PromClient): PrometheusInstruments {
    const known = made.get(registry);
    if (known) return known;
    const instruments = new PrometheusInstruments(registry, client);
    made.set(registry, instruments);
    return instruments;
  }

  add<Name extends CounterName>(counter: Name, labels: LabelsOf<(typeof COUNTERS)[Name]>): void {
    this.#counters[counter].inc(labels);
  }

  record<Name extends HistogramName>(
    histogram: Name,
    labels: LabelsOf<(typeof HISTOGRAMS)[Name]>,
    seconds: number,
  ): void {
    this.#histograms[histogram].observe(labels, seconds);
  }

  watch(levels: () => Promise<readonly Level[]>): () => void {
    this.#sources.add(levels);
    return () => void this.#sources.delete(levels);
  }
}

async function show(
  gauge: Gauge,
  name: GaugeName,
  sources: ReadonlySet<() => Promise<readonly Level[]>>,
): Promise<void> {
  const levels = await Promise.all(Array.from(sources, (source) => source()));
  gauge.reset();
  for (const level of levels.flat()) if (level.gauge === name) gauge.set(level.labels, level.value);
}

/** Names as the Prometheus exporter of the OpenTelemetry Collector makes them, so that one dashboard reads both. */
function prometheus({ name, help, labels, unit }: Metric, ending = '') {
  const seconds = unit === 's' ? '_seconds' : '';
  return { name: `${name.replaceAll('.', '_')}${seconds}${ending}`, help, labelNames: [...labels] };
}
