/** What a metric is, whoever reads it. */
export interface Metric {
  /** As OpenTelemetry writes it. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly unit?: 's';
}

export const COUNTERS = {
  events: {
    name: 'mail_relay.events',
    help: 'Events that this process published, one for each recipient',
    labels: ['relay', 'stream', 'event'],
  },
  outcomes: {
    name: 'mail_relay.outcomes',
    help: 'What became of recipients in attempts of this process',
    labels: ['relay', 'stream', 'transport', 'outcome'],
  },
  failures: {
    name: 'mail_relay.failures',
    help: 'Failures of recipients in attempts of this process, by class',
    labels: ['relay', 'transport', 'class'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export const HISTOGRAMS = {
  stages: {
    name: 'mail_relay.stage.duration',
    help: 'How long a stage of a mail took: compose, render, store, attempt',
    labels: ['relay', 'stage', 'outcome'],
    unit: 's',
  },
  tries: {
    name: 'mail_relay.try.duration',
    help: 'How long a transport took for a mail',
    labels: ['relay', 'transport', 'outcome'],
    unit: 's',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export const GAUGES = {
  storageUp: {
    name: 'mail_relay.storage.up',
    help: '1 when the storage answers',
    labels: ['relay'],
  },
  pending: {
    name: 'mail_relay.pending_mails',
    help: 'Mails with at least one pending recipient',
    labels: ['relay', 'lane', 'stream'],
  },
  claimed: {
    name: 'mail_relay.claimed_mails',
    help: 'Mails a worker has',
    labels: ['relay', 'lane', 'stream'],
  },
  lag: {
    name: 'mail_relay.lag',
    help: 'How late the oldest mail is that is due and not sent yet',
    labels: ['relay', 'lane', 'stream'],
    unit: 's',
  },
  oldestAge: {
    name: 'mail_relay.oldest_pending_age',
    help: 'How long the oldest pending mail waits, however often it was tried',
    labels: ['relay', 'lane', 'stream'],
    unit: 's',
  },
  kept: {
    name: 'mail_relay.kept_mails',
    help: 'Mails the relay gave up on and keeps, by reason',
    labels: ['relay', 'reason'],
  },
  transportUp: {
    name: 'mail_relay.transport.up',
    help: '1 when mail is given to the transport',
    labels: ['relay', 'transport'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Seconds: from a render to an attempt at a server that is slow. */
export const BUCKETS: readonly number[] = [0.0005, 0.002, 0.005, 0.02, 0.05, 0.2, 0.5, 2, 5, 20, 60, 300];

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;

/** A value for each label of a metric. */
export type LabelsOf<Kind extends Metric> = Readonly<Record<Kind['labels'][number], string>>;

/** Something for each metric, by the same names. */
export function mapMetrics<Name extends string, Made>(
  metrics: Readonly<Record<Name, Metric>>,
  make: (metric: Metric, name: Name) => Made,
): Readonly<Record<Name, Made>> {
  const names = Object.keys(metrics) as Name[];
  return Object.fromEntries(names.map((name) => [name, make(metrics[name], name)])) as Record<Name, Made>;
}
