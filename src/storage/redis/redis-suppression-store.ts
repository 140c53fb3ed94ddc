import {
  SuppressionStore,
  type BounceMark,
  type StoredPage,
  type StoredQuery,
  type StoredSelector,
  type StoredSuppression,
} from '../../suppression/suppression-store.js';
import { GatheredReads } from './gathered-reads.js';
import type { RedisLink } from './redis-link.js';
import { RedisScript } from './redis-script.js';
import { MARK_BOUNCE, PAGE_SUPPRESSIONS, PUT_SUPPRESSIONS, REMOVE_SUPPRESSIONS } from './suppression.lua.js';

/** How long Redis may take, milliseconds: a group of an import is a write of some hundred entries. */
const OTHER_MS = 5000;
const SEPARATOR = '\0';

/** How an entry stands in the hash, beside its scope and reason. */
interface Packed {
  readonly s: StoredSuppression['scope'];
  readonly r: StoredSuppression['reason'];
  readonly c: number;
  readonly t: number;
  readonly x?: number;
  readonly o?: string;
}

/**
 * The suppression list in Redis, for all processes that share the prefix. A hash holds the entries of each subject, so that
 * one command finds those of a whole mail; a sorted set holds the subjects in their order, another those that expire.
 */
export class RedisSuppressionStore extends SuppressionStore {
  readonly #link: RedisLink;
  readonly #base: string;
  /** Every mail asks twice. */
  readonly #reads = new GatheredReads((fields, timeoutMs) =>
    this.#link.ask(() => this.#link.client.hmget(this.#base, ...fields), {
      what: 'look up suppressions',
      timeoutMs,
      reads: true,
    }),
  );
  readonly #put = new RedisScript(PUT_SUPPRESSIONS);
  readonly #remove = new RedisScript(REMOVE_SUPPRESSIONS);
  readonly #page = new RedisScript(PAGE_SUPPRESSIONS);
  readonly #mark = new RedisScript(MARK_BOUNCE);

  /** @param base stands before every key and holds a hash tag: `{shop:default}:` */
  constructor(link: RedisLink, base: string) {
    super();
    this.#link = link;
    this.#base = `${base}sup`;
  }

  async find(
    tenant: string,
    subjects: readonly string[],
    waitMs = OTHER_MS,
  ): Promise<readonly StoredSuppression[]> {
    if (subjects.length === 0) return [];
    const fields = subjects.map((subject) => tenant + SEPARATOR + subject);
    const values = await this.#reads.read(fields, waitMs);
    return fields.flatMap((field, i) => unpack(field, values[i]));
  }

  async put(entries: readonly StoredSuppression[], now: number): Promise<void> {
    if (entries.length === 0) return;
    const packed = entries.map(({ tenant, subject, scope, reason, createdAt, seenAt, expiresAt, source }) => [
      tenant + SEPARATOR + subject,
      { s: scope, r: reason, c: createdAt, t: seenAt, x: expiresAt, o: source },
    ]);
    await this.#run(this.#put, [now, JSON.stringify(packed)], 'store suppressions');
  }

  async remove({ tenant, subjects, scope, reason }: StoredSelector): Promise<number> {
    const fields = subjects.map((subject) => tenant + SEPARATOR + subject);
    return Number(
      await this.#run(this.#remove, [scope ?? '', reason ?? '', ...fields], 'remove suppressions'),
    );
  }

  async page({ tenant, cursor, limit }: StoredQuery): Promise<StoredPage> {
    const least = tenant === undefined ? '-' : `[${tenant}${SEPARATOR}`;
    const most = tenant === undefined ? '+' : `(${tenant}\x01`;
    const from = cursor === undefined ? least : `(${cursor}`;
    const answer = await this.#run(this.#page, [from, most, limit], 'read suppressions');
    const [fields = [], values = []] = answer as readonly (readonly string[])[];
    const entries = fields.flatMap((field, i) => unpack(field, values[i]));
    const last = fields.at(-1);
    return fields.length < limit || last === undefined ? { entries } : { entries, cursor: last };
  }

  async mark({ tenant, subject, eventId, at, since }: BounceMark): Promise<number> {
    const key = this.#marksOf(tenant, subject);
    const answer = await this.#link.ask(
      () => this.#mark.run(this.#link.client, [key], [eventId, at, since]),
      { what: 'count a bounce', timeoutMs: OTHER_MS },
    );
    return Number(answer);
  }

  async clearMarks(tenant: string, subjects: readonly string[], upTo: number): Promise<void> {
    const { client } = this.#link;
    // The commands of one turn go out together.
    await Promise.all(
      subjects.map((subject) =>
        this.#link.ask(() => client.zremrangebyscore(this.#marksOf(tenant, subject), '-inf', upTo), {
          what: 'forget bounces',
          timeoutMs: OTHER_MS,
        }),
      ),
    );
  }

  #run(script: RedisScript, args: readonly (string | number)[], what: string): Promise<unknown> {
    const keys = [this.#base, `${this.#base}:order`, `${this.#base}:expiry`];
    return this.#link.ask(() => script.run(this.#link.client, keys, args), { what, timeoutMs: OTHER_MS });
  }

  #marksOf(tenant: string, subject: string): string {
    return `${this.#base}:marks:${tenant}${SEPARATOR}${subject}`;
  }
}

function unpack(field: string, value: string | null | undefined): readonly StoredSuppression[] {
  if (value === null || value === undefined) return [];
  const split = field.indexOf(SEPARATOR);
  const [tenant, subject] = [field.slice(0, split), field.slice(split + 1)];
  // Only the script below writes here.
  return (JSON.parse(value) as readonly Packed[]).map(({ s, r, c, t, x, o }) => ({
    tenant,
    subject,
    scope: s,
    reason: r,
    ...(o !== undefined && { source: o }),
    createdAt: c,
    seenAt: t,
    ...(x !== undefined && { expiresAt: x }),
  }));
}
