import type { MailEvent } from '../../../events/mail-event.js';
import { CounterSums, countedUnder, HOUR_MS } from '../../../journal/counter-sums.js';
import type { CheckedCounterQuery } from '../../../journal/journal-store.js';
import type { EventCount } from '../../../journal/mail-journal.js';
import type { RedisLink } from '../redis-link.js';

const TIMEOUT_MS = 5_000;
/** Hours that are asked for together. */
const HOURS_AT_ONCE = 200;
const BETWEEN = '\n';

/** What of an event is counted: its hour; type, stream and transport; its recipient's domain. */
export function countedOf(event: MailEvent): readonly [hour: string, what: string, domain: string] {
  const { hour, type, stream, transport, domain } = countedUnder(event);
  return [String(hour), [type, stream, transport].join(BETWEEN), domain];
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
  const sums = new CounterSums(query);
  for (let first = 0; first < hours.length; first += HOURS_AT_ONCE) {
    const some = hours.slice(first, first + HOURS_AT_ONCE);
    const found = await Promise.all(
      some.map((hour) => link.ask(() => client.hgetall(`${base}j:${kind}:${hour}`), call)),
    );
    for (const [i, fields] of found.entries()) {
      for (const [field, value] of Object.entries(fields)) {
        const [type = '', stream = '', transport = '', inDomain = ''] = field.split(BETWEEN);
        sums.add({ hour: Number(some[i]), type, stream, transport, domain: inDomain }, Number(value));
      }
    }
  }
  return sums.all;
}
