import type { Registry } from 'prom-client';
import type { Subscription } from 'rxjs';
import type { TransportStates } from '../circuits/transport-states.js';
import { answerWithin } from '../clock/answer-within.js';
import type { Clock } from '../core/schedule/clock.js';
import type { ObservedStage, MailStage, StageFacts } from '../core/observation/stage-observer.js';
import type { MailEventBus } from '../events/mail-event-bus.js';
import type { MailEvent } from '../events/mail-event.js';
import type { KeptReason } from '../spool/spool-control.js';
import type { Spool } from '../spool/spool.js';
import { lagOf, streamBacklogs, type StreamBacklogCounts } from '../spool/stream-backlogs.js';
import type { MetricSet } from './metric-set.js';

export interface MailMetricsOptions {
  readonly relay: string;
  readonly set: MetricSet;
  readonly registry: Registry;
  readonly events: MailEventBus;
  readonly spool: Spool;
  readonly states: TransportStates;
  readonly clock: Clock;
}

/** What an attempt may end with, for one recipient. */
const OUTCOMES: ReadonlySet<string> = new Set(['sent', 'deferred', 'bounced', 'failed', 'uncertain']);
/** Transports of tenants are as many as there are tenants: they are one in the metrics. */
const OF_A_TENANT = /^tenant:/;
/** How long counts of the storage are shown again, milliseconds. */
const FRESH_MS = 1000;
/** How long whoever reads waits for the storage, milliseconds. */
const PATIENCE_MS = 2000;

/** Counts what one relay does in this process, and asks its storage when somebody reads. */
export class MailMetrics {
  readonly registry: Registry;
  readonly #o: MailMetricsOptions;
  readonly #heard: Subscription;
  readonly #collect = (): Promise<void> => this.#refresh();
  /** The last look at the storage; every gauge that is read waits for the same one. */
  #look: { readonly done: Promise<void>; freshUntil: number } | undefined;
  /** Backlogs that are shown, so that one that is gone goes. */
  #shown: readonly { readonly lane: string; readonly stream: string }[] = [];

  constructor(options: MailMetricsOptions) {
    this.#o = options;
    this.registry = options.registry;
    this.#heard = options.events.events$.subscribe((event) => this.#count(event));
    options.set.collectors.add(this.#collect);
  }

  /** One stage, timed. */
  begin(stage: MailStage, { transport = '' }: StageFacts): ObservedStage {
    const { clock, relay, set } = this.#o;
    const began = clock.steady();
    return {
      end: (outcome) => {
        const seconds = (clock.steady() - began) / 1000;
        if (stage === 'try')
          set.tries.observe({ relay, transport: transportLabel(transport), outcome }, seconds);
        else set.stages.observe({ relay, stage, outcome }, seconds);
      },
    };
  }

  onModuleDestroy(): void {
    this.#heard.unsubscribe();
    this.#o.set.collectors.delete(this.#collect);
  }

  #count(event: MailEvent): void {
    const { relay, set } = this.#o;
    const { stream, type } = event;
    set.events.inc({ relay, stream, event: type });
    if (!OUTCOMES.has(type) || ('occurredAt' in event && event.occurredAt)) return;
    const transport = transportLabel(('transport' in event && event.transport) || 'none');
    set.outcomes.inc({ relay, stream, transport, outcome: type });
    if ('failure' in event && event.failure)
      set.failures.inc({ relay, transport, class: event.failure.class });
  }

  #refresh(): Promise<void> {
    const { clock } = this.#o;
    if (this.#look && clock.steady() < this.#look.freshUntil) return this.#look.done;
    // As long as it is under way, whoever comes waits for it.
    const look = { done: this.#ask(), freshUntil: Number.POSITIVE_INFINITY };
    this.#look = look;
    void look.done.then(() => (look.freshUntil = clock.steady() + FRESH_MS));
    return look.done;
  }

  async #ask(): Promise<void> {
    const { relay, set, states } = this.#o;
    for (const { name, transport } of states.all()) {
      set.transportUp.set({ relay, transport: name }, transport.state === 'up' ? 1 : 0);
    }
    set.storageUp.set({ relay }, (await this.#counted()) ? 1 : 0);
  }

  /** False when the storage does not answer. */
  async #counted(): Promise<boolean> {
    const { clock, spool } = this.#o;
    try {
      const counts = await answerWithin(
        clock,
        PATIENCE_MS,
        Promise.all([streamBacklogs(spool.control), spool.control.keptCounts()]),
      );
      if (counts) this.#show(counts[0].streams, counts[1]);
      return counts !== undefined;
    } catch {
      return false;
    }
  }

  #show(streams: readonly StreamBacklogCounts[], kept: Readonly<Record<KeptReason, number>>): void {
    const { clock, relay, set } = this.#o;
    for (const { lane, stream } of this.#shown) {
      for (const gauge of [set.pending, set.claimed, set.lag]) gauge.remove({ relay, lane, stream });
    }
    this.#shown = streams;
    const now = clock.now();
    for (const one of streams) {
      const { lane, stream, pending, claimed } = one;
      set.pending.set({ relay, lane, stream }, pending);
      set.claimed.set({ relay, lane, stream }, claimed);
      set.lag.set({ relay, lane, stream }, lagOf(one, now) / 1000);
    }
    for (const [reason, count] of Object.entries(kept)) set.kept.set({ relay, reason }, count);
  }
}

function transportLabel(name: string): string {
  return OF_A_TENANT.test(name) ? 'tenant' : name;
}
