import { MailRelayError } from '../../core/mail-relay-error.js';
import { hasExpired, mergeSuppression } from '../merge-suppression.js';
import {
  SuppressionStore,
  type BounceMark,
  type StoredPage,
  type StoredQuery,
  type StoredSelector,
  type StoredSuppression,
} from '../suppression-store.js';

const DEFAULT_MAX_ENTRIES = 1_000_000;
/** Marks of so many subjects; the one that was not marked for longest goes first. */
const MAX_MARKED = 100_000;

/** Keeps suppressions as long as the process lives. */
export class MemorySuppressionStore extends SuppressionStore {
  readonly #maxEntries: number;
  /** By tenant and subject, then by scope and reason. */
  readonly #entries = new Map<string, Map<string, StoredSuppression>>();
  /** The keys in order, for pages; made anew when one came. Those that went are still in it. */
  #sorted: readonly string[] | undefined;
  readonly #marks = new Map<string, Map<string, number>>();

  constructor(maxEntries = DEFAULT_MAX_ENTRIES) {
    super();
    this.#maxEntries = maxEntries;
  }

  override get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  async find(tenant: string, subjects: readonly string[]): Promise<readonly StoredSuppression[]> {
    return subjects.flatMap((subject) => [...(this.#entries.get(keyOf(tenant, subject))?.values() ?? [])]);
  }

  async put(entries: readonly StoredSuppression[], now: number): Promise<void> {
    for (const entry of entries) {
      const key = keyOf(entry.tenant, entry.subject);
      const known = this.#entries.get(key);
      if (!known && this.#entries.size >= this.#maxEntries) this.#makeRoom(now);
      const all = known ?? new Map<string, StoredSuppression>();
      const kind = keyOf(entry.scope, entry.reason);
      all.set(kind, mergeSuppression(all.get(kind), entry, now));
      this.#entries.set(key, all);
      this.#sorted = undefined;
    }
  }

  async remove({ tenant, subjects, scope, reason }: StoredSelector): Promise<number> {
    let removed = 0;
    for (const subject of subjects) {
      const key = keyOf(tenant, subject);
      const all = this.#entries.get(key);
      if (!all) continue;
      for (const [kind, entry] of all) {
        if (scope !== undefined && entry.scope !== scope) continue;
        if (reason !== undefined && entry.reason !== reason) continue;
        all.delete(kind);
        removed++;
      }
      if (all.size === 0) this.#entries.delete(key);
    }
    return removed;
  }

  async page({ tenant, cursor, limit }: StoredQuery): Promise<StoredPage> {
    // Sorted once for all pages, as long as nobody comes.
    this.#sorted ??= [...this.#entries.keys()].toSorted((one, other) => (one < other ? -1 : 1));
    const keys = this.#sorted;
    const entries: StoredSuppression[] = [];
    let last: string | undefined;
    for (let i = firstAfter(keys, cursor ?? ''); i < keys.length; i++) {
      const key = keys[i] ?? '';
      const all = this.#entries.get(key);
      if (!all || (tenant !== undefined && !key.startsWith(`${tenant}\0`))) continue;
      if (entries.length >= limit) return { entries, cursor: last };
      entries.push(...all.values());
      last = key;
    }
    return { entries };
  }

  async mark({ tenant, subject, eventId, at, since }: BounceMark): Promise<number> {
    const key = keyOf(tenant, subject);
    const marks = this.#marks.get(key) ?? new Map<string, number>();
    marks.set(eventId, at);
    for (const [id, markedAt] of marks) if (markedAt < since) marks.delete(id);
    this.#marks.delete(key);
    this.#marks.set(key, marks);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > MAX_MARKED && oldest !== undefined) this.#marks.delete(oldest);
    return marks.size;
  }

  async clearMarks(tenant: string, subjects: readonly string[], upTo: number): Promise<void> {
    for (const subject of subjects) {
      const marks = this.#marks.get(keyOf(tenant, subject));
      for (const [id, at] of marks ?? []) if (at <= upTo) marks?.delete(id);
      if (marks?.size === 0) this.#marks.delete(keyOf(tenant, subject));
    }
  }

  /** @throws MailRelayError when everything that is there still counts: nothing is forgotten that stops mail */
  #makeRoom(now: number): void {
    for (const [key, all] of this.#entries) {
      for (const [kind, entry] of all) if (hasExpired(entry, now)) all.delete(kind);
      if (all.size === 0) this.#entries.delete(key);
    }
    if (this.#entries.size < this.#maxEntries) return;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_SUPPRESSION',
      `The suppression list in memory is full with ${this.#maxEntries} addresses and domains. Nothing was added: use a durable storage.`,
    );
  }
}

/** The place of the first key after one, by bisection. */
function firstAfter(keys: readonly string[], cursor: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') > cursor) high = middle;
    else low = middle + 1;
  }
  return low;
}

function keyOf(one: string, other: string): string {
  return `${one}\0${other}`;
}
