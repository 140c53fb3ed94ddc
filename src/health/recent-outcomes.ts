import type { Clock } from '../core/schedule/clock.js';
import type { MailEvent } from '../events/mail-event.js';

/** How many recipients of each outcome there were. @publicApi */
export interface OutcomeCounts {
  readonly sent: number;
  readonly deferred: number;
  readonly bounced: number;
  readonly failed: number;
  readonly uncertain: number;
}

type CountedOutcome = keyof OutcomeCounts;

const COUNTED_OUTCOMES = [
  'sent',
  'deferred',
  'bounced',
  'failed',
  'uncertain',
] as const satisfies readonly CountedOutcome[];

const SLOT_MS = 30_000;
const SLOTS = 10;

/** One transport, or all of them. */
interface Series {
  /** By slot of time, the newest last. */
  readonly slots: { readonly at: number; readonly counts: Record<CountedOutcome, number> }[];
  lastSentAt: number | undefined;
}

/** Counts what this process did in the last five minutes, by transport, in bounded memory. */
export class RecentOutcomes {
  readonly #clock: Clock;
  readonly #all: Series = { slots: [], lastSentAt: undefined };
  readonly #byTransport = new Map<string, Series>();
  readonly #known: ReadonlySet<string>;

  /** @param transports those that are counted apart; a tenant's own is counted with all */
  constructor(clock: Clock, transports: readonly string[]) {
    this.#clock = clock;
    this.#known = new Set(transports);
  }

  add(event: MailEvent): void {
    if (!isCounted(event)) return;
    const now = this.#clock.steady();
    count(this.#all, event.type, now);
    const { transport } = event;
    if (transport === undefined || !this.#known.has(transport)) return;
    const series = this.#byTransport.get(transport) ?? { slots: [], lastSentAt: undefined };
    this.#byTransport.set(transport, series);
    count(series, event.type, now);
  }

  /** @param transport all of them when absent */
  counts(transport?: string): OutcomeCounts {
    const series = transport === undefined ? this.#all : this.#byTransport.get(transport);
    const sum = zero();
    const since = this.#clock.steady() - SLOT_MS * SLOTS;
    for (const { at, counts } of series?.slots ?? []) {
      if (at < since) continue;
      for (const outcome of COUNTED_OUTCOMES) sum[outcome] += counts[outcome];
    }
    return sum;
  }

  /** Milliseconds since this process last sent a mail over a transport; undefined when it never did. */
  sinceSent(transport: string): number | undefined {
    const at = this.#byTransport.get(transport)?.lastSentAt;
    return at === undefined ? undefined : this.#clock.steady() - at;
  }
}

function count(series: Series, outcome: CountedOutcome, now: number): void {
  const at = Math.floor(now / SLOT_MS) * SLOT_MS;
  let slot = series.slots.at(-1);
  if (slot?.at !== at) {
    slot = { at, counts: zero() };
    series.slots.push(slot);
    if (series.slots.length > SLOTS + 1) series.slots.shift();
  }
  slot.counts[outcome]++;
  if (outcome === 'sent') series.lastSentAt = now;
}

function zero(): Record<CountedOutcome, number> {
  return { sent: 0, deferred: 0, bounced: 0, failed: 0, uncertain: 0 };
}

function isCounted(event: MailEvent): event is Extract<MailEvent, { readonly type: CountedOutcome }> {
  // A bounce that is told from outside is nobody's outcome here.
  return (
    (COUNTED_OUTCOMES as readonly string[]).includes(event.type) &&
    !('occurredAt' in event && event.occurredAt)
  );
}
