import type { Subscription } from 'rxjs';
import type { TransportStates } from '../circuits/transport-states.js';
import { answerWithin } from '../clock/answer-within.js';
import type { Clock } from '../core/schedule/clock.js';
import type { ObservedStage, MailStage, StageFacts } from '../core/observation/stage-observer.js';
import type { MailEventBus } from '../events/mail-event-bus.js';
import type { MailEvent } from '../events/mail-event.js';
import type { KeptReason } from '../spool/spool-control.js';
import type { Spool } from '../spool/spool.js';
import { ageOf, lagOf, streamBacklogs, type StreamBacklogCounts } from '../spool/stream-backlogs.js';
import type { Level, MetricInstruments } from './metric-instruments.js';
import { transportLabel } from './transport-label.js';

export interface MailMetricsOptions {
  readonly relay: string;
  readonly instruments: MetricInstruments;
  readonly events: MailEventBus;
  readonly spool: Spool;
  readonly states: TransportStates;
  readonly clock: Clock;
}

/** What an attempt may end with, for one recipient. */
const OUTCOMES: ReadonlySet<string> = new Set(['sent', 'deferred', 'bounced', 'failed', 'uncertain']);
/** How long counts of the storage are shown again, milliseconds. */
const FRESH_MS = 1000;
/** How long whoever reads waits for the storage, milliseconds. */
const PATIENCE_MS = 2000;

const NOTHING = { pending: 0, claimed: 0, oldestDueAt: undefined, waitingSince: undefined };

/** Counts what one relay does in this process, and asks its storage when somebody reads. */
export class MailMetrics {
  readonly #o: MailMetricsOptions;
  readonly #heard: Subscription;
  readonly #unwatch: () => void;
  /** What the storage said last. */
  #stored: readonly Level[] = [];
  /** Backlogs that were shown: what is empty now is shown as such, and not as it was. */
  readonly #backlogs = new Map<string, StreamBacklogCounts>();
  /** The last look at the storage; everybody who reads meanwhile waits for the same one. */
  #look: { readonly levels: Promise<readonly Level[]>; freshUntil: number } | undefined;

  constructor(options: MailMetricsOptions) {
    this.#o = options;
    this.#heard = options.events.events$.subscribe((event) => this.#count(event));
    this.#unwatch = options.instruments.watch(() => this.#levels());
  }

  /** One stage, timed. */
  begin(stage: MailStage, { transport = '' }: StageFacts): ObservedStage {
    const { clock, relay, instruments } = this.#o;
    const began = clock.steady();
    return {
      end: (outcome) => {
        const seconds = (clock.steady() - began) / 1000;
        if (stage === 'try') {
          instruments.record('tries', { relay, transport: transportLabel(transport), outcome }, seconds);
        } else instruments.record('stages', { relay, stage, outcome }, seconds);
      },
    };
  }

  onModuleDestroy(): void {
    this.#heard.unsubscribe();
    this.#unwatch();
  }

  #count(event: MailEvent): void {
    const { relay, instruments } = this.#o;
    const { stream, type } = event;
    instruments.add('events', { relay, stream, event: type });
    if (!OUTCOMES.has(type) || ('occurredAt' in event && event.occurredAt)) return;
    const transport = transportLabel(('transport' in event && event.transport) || 'none');
    instruments.add('outcomes', { relay, stream, transport, outcome: type });
    if ('failure' in event && event.failure) {
      instruments.add('failures', { relay, transport, class: event.failure.class });
    }
  }

  #levels(): Promise<readonly Level[]> {
    const { clock } = this.#o;
    if (this.#look && clock.steady() < this.#look.freshUntil) return this.#look.levels;
    // As long as it is under way, whoever comes waits for it.
    const look = { levels: this.#ask(), freshUntil: Number.POSITIVE_INFINITY };
    this.#look = look;
    void look.levels.then(() => (look.freshUntil = clock.steady() + FRESH_MS));
    return look.levels;
  }

  async #ask(): Promise<readonly Level[]> {
    const { relay, states } = this.#o;
    const transports = states.all().map(({ name, transport }): Level => ({
      gauge: 'transportUp',
      labels: { relay, transport: name },
      value: transport.state === 'up' ? 1 : 0,
    }));
    const told = await this.#askStorage();
    // Whatever was late before is not in time because nobody can say so.
    this.#stored = told ?? this.#stored;
    return [...transports, { gauge: 'storageUp', labels: { relay }, value: told ? 1 : 0 }, ...this.#stored];
  }

  /** Undefined when the storage does not answer. */
  async #askStorage(): Promise<readonly Level[] | undefined> {
    const { clock, spool } = this.#o;
    try {
      const counts = await answerWithin(
        clock,
        PATIENCE_MS,
        Promise.all([streamBacklogs(spool.control), spool.control.keptCounts()]),
      );
      return counts && this.#storedLevels(counts[0].streams, counts[1]);
    } catch {
      return undefined;
    }
  }

  #storedLevels(
    streams: readonly StreamBacklogCounts[],
    kept: Readonly<Record<KeptReason, number>>,
  ): readonly Level[] {
    const { clock, relay } = this.#o;
    const now = clock.now();
    for (const [key, empty] of this.#backlogs) this.#backlogs.set(key, { ...empty, ...NOTHING });
    for (const one of streams) this.#backlogs.set(`${one.lane} ${one.stream}`, one);
    return [
      ...[...this.#backlogs.values()].flatMap((one): Level[] => {
        const labels = { relay, lane: one.lane, stream: one.stream };
        return [
          { gauge: 'pending', labels, value: one.pending },
          { gauge: 'claimed', labels, value: one.claimed },
          { gauge: 'lag', labels, value: lagOf(one, now) / 1000 },
          { gauge: 'oldestAge', labels, value: ageOf(one, now) / 1000 },
        ];
      }),
      ...Object.entries(kept).map(([reason, value]): Level => ({
        gauge: 'kept',
        labels: { relay, reason },
        value,
      })),
    ];
  }
}
