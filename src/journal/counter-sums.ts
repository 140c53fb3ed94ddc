import type { MailEvent, MailEventType } from '../events/mail-event.js';
import { transportOf } from './journal-record.js';
import type { CheckedCounterQuery } from './journal-store.js';
import type { CounterDimension, EventCount } from './mail-journal.js';

export const HOUR_MS = 3_600_000;

/** Under what an event is counted. */
export interface CountedUnder {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly type: string;
  readonly stream: string;
  /** Empty where none was asked. */
  readonly transport: string;
  readonly domain: string;
}

/** Under what an event is counted. */
export function countedUnder(event: MailEvent): CountedUnder {
  const { type, stream, at, recipient } = event;
  return {
    hour: Math.floor(at.getTime() / HOUR_MS),
    type,
    stream,
    transport: transportOf(event) ?? '',
    domain: recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase(),
  };
}

/** Sums up counts as a question wants them told apart. */
export class CounterSums {
  readonly #query: CheckedCounterQuery;
  readonly #sums = new Map<string, { readonly under: CountedUnder; count: number }>();

  constructor(query: CheckedCounterQuery) {
    this.#query = query;
  }

  /** Adds a count, if it is asked for. */
  add(under: CountedUnder, count: number): void {
    if (!isAskedFor(under, this.#query)) return;
    const key = this.#query.by.map((dimension) => under[dimension]).join('\n');
    const known = this.#sums.get(key);
    if (known) known.count += count;
    else this.#sums.set(key, { under, count });
  }

  get all(): readonly EventCount[] {
    return Array.from(this.#sums.values(), ({ under, count }) => ({
      ...toldApart(under, this.#query.by),
      count,
    }));
  }
}

function isAskedFor(
  { hour, type, stream, transport, domain }: CountedUnder,
  query: CheckedCounterQuery,
): boolean {
  const { since, until } = query;
  return (
    (since === undefined || hour >= Math.floor(since / HOUR_MS)) &&
    (until === undefined || hour * HOUR_MS < until) &&
    (query.types?.includes(type) ?? true) &&
    (query.stream === undefined || query.stream === stream) &&
    (query.transport === undefined || query.transport === transport) &&
    (query.domain === undefined || query.domain.toLowerCase() === domain)
  );
}

function toldApart(
  { hour, type, stream, transport, domain }: CountedUnder,
  by: readonly CounterDimension[],
): Omit<EventCount, 'count'> {
  return {
    ...(by.includes('hour') && { hour: new Date(hour * HOUR_MS) }),
    // Whoever counted it, it was the type of an event.
    ...(by.includes('type') && { type: type as MailEventType }),
    ...(by.includes('stream') && { stream }),
    ...(by.includes('transport') && { transport }),
    ...(by.includes('domain') && { domain }),
  };
}
