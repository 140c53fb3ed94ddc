import { foundEntries } from '../../../journal/found-entries.js';
import type { CheckedSearch } from '../../../journal/journal-store.js';
import type { JournalEntry, JournalPage } from '../../../journal/mail-journal.js';
import type { RedisLink } from '../redis-link.js';
import type { JournalMails } from './journal-mails.js';
import { termsFor } from './journal-terms.js';

/** Where a page ended: a mail, and how many of its recipients that fit were shown. */
interface Place {
  readonly createdAt: number;
  readonly mailId: string;
  readonly shown: number;
}

const TIMEOUT_MS = 5_000;
/** Mails that one page looks at. */
const LOOK_AT = 2_000;
/** Mails that are looked at together. */
const AT_ONCE = 200;
/** A mail of which everything was shown. */
const ALL_SHOWN = Number.MAX_SAFE_INTEGER;

/**
 * Searches the journal: of the terms that are looked for the rarest one is walked through, newest mail first, and what it
 * leads to is compared with the rest. A page looks at a bounded number of mails.
 */
export async function searchJournal(
  link: RedisLink,
  base: string,
  mails: JournalMails,
  search: CheckedSearch,
): Promise<JournalPage> {
  let after = placeOf(search.cursor);
  if (search.cursor !== undefined && !after) return { entries: [] };
  const walk = new TermWalk(link, `${base}j:x:`, search);
  const entries: JournalEntry[] = [];
  for (let looked = 0; looked < LOOK_AT; looked += AT_ONCE) {
    const places = await walk.next(after, AT_ONCE);
    const records = await mails.read(places.map(({ mailId }) => mailId));
    for (const place of places) {
      const record = records.get(place.mailId);
      const found = record ? foundEntries(record, search) : [];
      const shown = after?.mailId === place.mailId ? after.shown : 0;
      const fresh = found.slice(shown, shown + search.limit - entries.length);
      entries.push(...fresh);
      const isWhole = shown + fresh.length >= found.length;
      after = { ...place, shown: isWhole ? ALL_SHOWN : shown + fresh.length };
      if (entries.length === search.limit) {
        const isLast = isWhole && (await walk.next(after, 1)).length === 0;
        return isLast ? { entries } : { entries, cursor: cursorOf(after) };
      }
    }
    if (places.length === 0) return { entries };
  }
  return after ? { entries, cursor: cursorOf(after) } : { entries };
}

/** The mails of the rarest term, newest first. */
class TermWalk {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #search: CheckedSearch;
  #key: string | undefined;

  constructor(link: RedisLink, prefix: string, search: CheckedSearch) {
    this.#link = link;
    this.#prefix = prefix;
    this.#search = search;
  }

  /** Mails that come after a place, the one at the place among them unless everything of it was shown. */
  async next(after: Place | undefined, count: number): Promise<readonly Omit<Place, 'shown'>[]> {
    const key = (this.#key ??= await this.#rarest());
    const { since = Number.NEGATIVE_INFINITY, until } = this.#search;
    const max = after ? String(after.createdAt) : until === undefined ? '+inf' : `(${until}`;
    let start = after ? await this.#rankOf(key, after) : await this.#countAbove(key, max);
    for (;;) {
      const from = start;
      const flat = await this.#ask((client) => client.zrevrange(key, from, from + count - 1, 'WITHSCORES'));
      const places = placesIn(flat);
      const wanted = places.filter((place) => place.createdAt >= since && isAfter(place, after));
      // What was there before the place may have grown meanwhile, and fill what was read.
      if (wanted.length > 0 || places.length < count || (places.at(-1)?.createdAt ?? 0) < since)
        return wanted;
      start += count;
    }
  }

  async #rarest(): Promise<string> {
    const keys = termsFor(this.#search).map((term) => this.#prefix + term);
    const sizes = await Promise.all(keys.map((key) => this.#ask((client) => client.zcard(key))));
    let [rarest = ''] = keys;
    let smallest = Number.POSITIVE_INFINITY;
    for (const [i, key] of keys.entries()) {
      const size = sizes[i] ?? 0;
      if (size < smallest) [rarest, smallest] = [key, size];
    }
    return rarest;
  }

  async #rankOf(key: string, { mailId, createdAt }: Place): Promise<number> {
    const rank = await this.#ask((client) => client.zrevrank(key, mailId));
    // It has the term no more: then its time says where to go on.
    return rank ?? this.#ask((client) => client.zcount(key, `(${createdAt}`, '+inf'));
  }

  async #countAbove(key: string, max: string): Promise<number> {
    if (max === '+inf') return 0;
    return this.#ask((client) => client.zcount(key, max.slice(1), '+inf'));
  }

  #ask<T>(ask: (client: RedisLink['client']) => Promise<T>): Promise<T> {
    const { client } = this.#link;
    return this.#link.ask(() => ask(client), { what: 'search the journal', timeoutMs: TIMEOUT_MS });
  }
}

function isAfter(place: Omit<Place, 'shown'>, after: Place | undefined): boolean {
  if (!after) return true;
  if (place.createdAt !== after.createdAt) return place.createdAt < after.createdAt;
  return place.mailId === after.mailId ? after.shown !== ALL_SHOWN : place.mailId < after.mailId;
}

function placesIn(flat: readonly string[]): readonly Omit<Place, 'shown'>[] {
  const places: Omit<Place, 'shown'>[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    places.push({ mailId: flat[i] ?? '', createdAt: Number(flat[i + 1]) });
  }
  return places;
}

function cursorOf({ createdAt, mailId, shown }: Place): string {
  return `${createdAt}.${shown === ALL_SHOWN ? '' : shown}.${mailId}`;
}

function placeOf(cursor: string | undefined): Place | undefined {
  const [, createdAt, shown = '', mailId] = /^(\d+)\.(\d*)\.(.+)$/s.exec(cursor ?? '') ?? [];
  if (mailId === undefined) return undefined;
  return { createdAt: Number(createdAt), mailId, shown: shown === '' ? ALL_SHOWN : Number(shown) };
}
