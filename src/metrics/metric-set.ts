import type { Counter, Gauge, Histogram, Registry } from 'prom-client';

type PromClient = typeof import('prom-client');

/** Seconds: from a render to an attempt at a server that is slow. */
const BUCKETS = [0.0005, 0.002, 0.005, 0.02, 0.05, 0.2, 0.5, 2, 5, 20, 60, 300];

/** Brings what is asked for when somebody reads, such as counts of the storage. */
export type Collector = () => Promise<void>;

/** Every metric of the relays that share a registry. */
export interface MetricSet {
  readonly events: Counter<'relay' | 'stream' | 'event'>;
  readonly outcomes: Counter<'relay' | 'stream' | 'transport' | 'outcome'>;
  readonly failures: Counter<'relay' | 'transport' | 'class'>;
  readonly stages: Histogram<'relay' | 'stage' | 'outcome'>;
  readonly tries: Histogram<'relay' | 'transport' | 'outcome'>;
  readonly pending: Gauge<'relay' | 'lane' | 'stream'>;
  readonly claimed: Gauge<'relay' | 'lane' | 'stream'>;
  readonly lag: Gauge<'relay' | 'lane' | 'stream'>;
  readonly kept: Gauge<'relay' | 'reason'>;
  readonly storageUp: Gauge<'relay'>;
  readonly transportUp: Gauge<'relay' | 'transport'>;
  /** Run before the gauges are read. */
  readonly collectors: Set<Collector>;
}

const sets = new WeakMap<Registry, MetricSet>();

/** The metrics of a registry; made with the first relay that uses it. */
export function metricSetOf(registry: Registry, client: PromClient): MetricSet {
  const known = sets.get(registry);
  if (known) return known;
  const made = makeSet(registry, client);
  sets.set(registry, made);
  return made;
}

function makeSet(registry: Registry, { Counter, Gauge, Histogram }: PromClient): MetricSet {
  const registers = [registry];
  const collectors = new Set<Collector>();
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers, collect: () => collect(collectors) });
  return {
    events: new Counter({
      name: 'mail_relay_events_total',
      help: 'Events that this process published, one for each recipient',
      labelNames: ['relay', 'stream', 'event'],
      registers,
    }),
    outcomes: new Counter({
      name: 'mail_relay_outcomes_total',
      help: 'What became of recipients in attempts of this process',
      labelNames: ['relay', 'stream', 'transport', 'outcome'],
      registers,
    }),
    failures: new Counter({
      name: 'mail_relay_failures_total',
      help: 'Failures of recipients in attempts of this process, by class',
      labelNames: ['relay', 'transport', 'class'],
      registers,
    }),
    stages: new Histogram({
      name: 'mail_relay_stage_duration_seconds',
      help: 'How long a stage of a mail took: compose, render, store, attempt',
      labelNames: ['relay', 'stage', 'outcome'],
      buckets: BUCKETS,
      registers,
    }),
    tries: new Histogram({
      name: 'mail_relay_try_duration_seconds',
      help: 'How long a transport took for a mail',
      labelNames: ['relay', 'transport', 'outcome'],
      buckets: BUCKETS,
      registers,
    }),
    storageUp: gauge('mail_relay_storage_up', '1 when the storage answers', ['relay']),
    pending: gauge('mail_relay_pending_mails', 'Mails with at least one pending recipient', [
      'relay',
      'lane',
      'stream',
    ]),
    claimed: gauge('mail_relay_claimed_mails', 'Mails a worker has', ['relay', 'lane', 'stream']),
    lag: gauge('mail_relay_lag_seconds', 'How late the oldest mail is that is due and not sent yet', [
      'relay',
      'lane',
      'stream',
    ]),
    kept: gauge('mail_relay_kept_mails', 'Mails the relay gave up on and keeps, by reason', [
      'relay',
      'reason',
    ]),
    transportUp: gauge('mail_relay_transport_up', '1 when mail is given to the transport', [
      'relay',
      'transport',
    ]),
    collectors,
  };
}

async function collect(collectors: ReadonlySet<Collector>): Promise<void> {
  await Promise.all(Array.from(collectors, (one) => one()));
}
