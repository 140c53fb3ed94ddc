import type { MailEvent, MailEventType } from '../../../events/mail-event.js';
import type { CheckedCounterQuery } from '../../../journal/journal-store.js';
import type { CounterDimension, EventCount } from '../../../journal/mail-journal.js';
import type { RedisLink } from '../redis-link.js';
import { transportOf } from './journal-record.js';

export const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 5_000;
/** Hours that are asked for together. */
const HOURS_AT_ONCE = 200;
const BETWEEN = '\n';

/** What of an event is counted: its hour; type, stream and transport; its recipient's domain. */
export function countedOf(event: MailEvent): readonly [hour: string, what: string, domain: string] {
  const { type, stream, at, recipient } = event;
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase();
  const what = [type, stream, transportOf(event) ?? ''].join(BETWEEN);
  return [String(Math.floor(at.getTime() / HOUR_MS)), what, domain];
}

/** Reads the counts of the hours; those without domains when nobody asks for domains, because they are few. */
export async function readCounts(
  link: RedisLink,
  base: string,
  query: CheckedCounterQuery,
): Promise<readonly EventCount[]> {
  const { since, until, domain, by } = query;
  const { client } = link;
  const call = { what: 'read the journal', timeoutMs: TIMEOUT_MS };
  const from = since === undefined ? '-inf' : Math.floor(since / HOUR_MS);
  const to = until === undefined ? '+inf' : `(${until / HOUR_MS}`;
  const hours = await link.ask(() => client.zrangebyscore(`${base}j:h`, from, to), call);
  const kind = domain !== undefined || by.includes('domain') ? 'd' : 'c';
  const sums = new Map<string, { readonly count: EventCount; sum: number }>();
  for (let first = 0; first < hours.length; first += HOURS_AT_ONCE) {
    const some = hours.slice(first, first + HOURS_AT_ONCE);
    const found = await Promise.all(
      some.map((hour) => link.ask(() => client.hgetall(`${base}j:${kind}:${hour}`), call)),
    );
    for (const [i, fields] of found.entries()) addHour(sums, Number(some[i]), fields, query);
  }
  return Array.from(sums.values(), ({ count, sum }) => ({ ...count, count: sum }));
}

function addHour(
  sums: Map<string, { readonly count: EventCount; sum: number }>,
  hour: number,
  fields: Readonly<Record<string, string>>,
  query: CheckedCounterQuery,
): void {
  for (const [field, value] of Object.entries(fields)) {
    const [type = '', stream = '', transport = '', domain = ''] = field.split(BETWEEN);
    const one = { hour, type, stream, transport, domain };
    if (!fits(one, query)) continue;
    const key = query.by.map((dimension) => one[dimension]).join(BETWEEN);
    const known = sums.get(key);
    if (known) known.sum += Number(value);
    else sums.set(key, { count: countOf(one, query.by), sum: Number(value) });
  }
}

type Counted = Readonly<Record<Exclude<CounterDimension, 'hour'>, string>> & { readonly hour: number };

function fits({ type, stream, transport, domain }: Counted, query: CheckedCounterQuery): boolean {
  return (
    (query.types?.includes(type) ?? true) &&
    (query.stream === undefined || query.stream === stream) &&
    (query.transport === undefined || query.transport === transport) &&
    (query.domain === undefined || query.domain.toLowerCase() === domain)
  );
}

function countOf(
  { hour, type, stream, transport, domain }: Counted,
  by: readonly CounterDimension[],
): EventCount {
  return {
    ...(by.includes('hour') && { hour: new Date(hour * HOUR_MS) }),
    // Whoever wrote it, it was the type of an event.
    ...(by.includes('type') && { type: type as MailEventType }),
    ...(by.includes('stream') && { stream }),
    ...(by.includes('transport') && { transport }),
    ...(by.includes('domain') && { domain }),
    count: 0,
  };
}
