import type {
  COUNTERS,
  CounterName,
  GaugeName,
  HISTOGRAMS,
  HistogramName,
  LabelsOf,
} from './metric-catalogue.js';

/** What a gauge shows at the moment. */
export interface Level {
  readonly gauge: GaugeName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Where figures go: to whoever reads them, in its own form. */
export interface MetricInstruments {
  add<Name extends CounterName>(counter: Name, labels: LabelsOf<(typeof COUNTERS)[Name]>): void;

  /** @param seconds how long something took */
  record<Name extends HistogramName>(
    histogram: Name,
    labels: LabelsOf<(typeof HISTOGRAMS)[Name]>,
    seconds: number,
  ): void;

  /**
   * Asks for the levels whenever somebody reads.
   *
   * @returns ends it
   */
  watch(levels: () => Promise<readonly Level[]>): () => void;
}
