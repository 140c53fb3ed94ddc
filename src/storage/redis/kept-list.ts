import type { MailId } from '../../core/mail/mail-id.js';
import {
  KEPT_REASONS,
  type KeptMail,
  type KeptPage,
  type KeptQuery,
  type KeptReason,
} from '../../spool/spool-control.js';
import type { RedisLink } from './redis-link.js';
import type { RedisSpoolSettings } from './redis-spool-settings.js';
import { spooledOf, type StoredMail } from './stored-mail.js';

const TIMEOUT_MS = 5_000;
const CHUNK = 100;

/** Where a mail stands in the list: the newest first, and of one millisecond the greatest id. */
interface Place {
  readonly id: MailId;
  readonly keptAt: number;
  readonly reason: KeptReason;
}

type ReadMails = (ids: readonly MailId[]) => Promise<ReadonlyMap<MailId, StoredMail>>;

/** The mails that wait for somebody's decision, page by page. */
export class KeptList {
  readonly #link: RedisLink;
  readonly #s: RedisSpoolSettings;
  readonly #read: ReadMails;

  constructor(link: RedisLink, settings: RedisSpoolSettings, read: ReadMails) {
    this.#link = link;
    this.#s = settings;
    this.#read = read;
  }

  async page({ reason, stream, tenant, cursor, limit }: KeptQuery): Promise<KeptPage> {
    const reasons = reason === undefined ? KEPT_REASONS : [reason];
    const mails: KeptMail[] = [];
    let before = placeOf(cursor);
    for (;;) {
      const places = await this.#placesBefore(reasons, before, Math.max(CHUNK, limit + 1));
      const stored = await this.#read(places.map(({ id }) => id));
      for (const place of places) {
        const mail = this.#keptMail(place, stored.get(place.id));
        const wanted =
          (stream === undefined || mail.mail.stream === stream) &&
          (tenant === undefined || mail.mail.tenant === tenant);
        if (!wanted) continue;
        const last = mails.at(-1);
        if (mails.length === limit && last) return { mails, cursor: cursorOf(last.keptAt, last.mail.id) };
        mails.push(mail);
      }
      before = places.at(-1);
      if (!before) return { mails };
    }
  }

  async counts(): Promise<Readonly<Record<KeptReason, number>>> {
    const { client } = this.#link;
    const call = { what: 'count kept mails', timeoutMs: TIMEOUT_MS };
    const counts = await Promise.all(
      KEPT_REASONS.map((reason) => this.#link.ask(() => client.zcard(this.#key(reason)), call)),
    );
    const [failed = 0, uncertain = 0, aside = 0] = counts;
    return { failed, uncertain, 'set-aside': aside };
  }

  async #placesBefore(
    reasons: readonly KeptReason[],
    before: Omit<Place, 'reason'> | undefined,
    limit: number,
  ): Promise<readonly Place[]> {
    const lists = await Promise.all(reasons.map((reason) => this.#placesOf(reason, before, limit)));
    return lists.flat().toSorted(newestFirst).slice(0, limit);
  }

  async #placesOf(
    reason: KeptReason,
    before: Omit<Place, 'reason'> | undefined,
    limit: number,
  ): Promise<readonly Place[]> {
    const { client } = this.#link;
    const key = this.#key(reason);
    const call = { what: 'list kept mails', timeoutMs: TIMEOUT_MS };
    let start = before ? await this.#rankAfter(key, before) : 0;
    for (;;) {
      const from = start;
      const flat = await this.#link.ask(
        () => client.zrevrange(key, from, from + limit - 1, 'WITHSCORES'),
        call,
      );
      const places = placesIn(flat, reason).filter((place) => !before || newestFirst(before, place) < 0);
      // Mails of one millisecond that were on an earlier page may fill what was read.
      if (places.length > 0 || flat.length < 2 * limit) return places;
      start += limit;
    }
  }

  /** Where to begin to read; not after the first place that is wanted. */
  async #rankAfter(key: string, before: Omit<Place, 'reason'>): Promise<number> {
    const { client } = this.#link;
    const call = { what: 'list kept mails', timeoutMs: TIMEOUT_MS };
    const rank = await this.#link.ask(() => client.zrevrank(key, before.id), call);
    if (rank !== null) return rank + 1;
    // It is gone, or in another list: then its time says where the page begins.
    return this.#link.ask(() => client.zcount(key, `(${before.keptAt}`, '+inf'), call);
  }

  #keptMail({ id, keptAt, reason }: Place, stored: StoredMail | undefined): KeptMail {
    const until = reason === 'set-aside' ? {} : { keptUntil: keptAt + this.#s.retention.keptMs };
    const spooled = stored ? spooledOf(stored) : { mail: unreadableMail(id), recipients: [], attempts: 0 };
    return { ...spooled, keptReason: reason, keptAt, ...until };
  }

  #key(reason: KeptReason): string {
    return `${this.#s.base}k:${reason}`;
  }
}

/** What `WITHSCORES` answers: member and score by turns. */
function placesIn(flat: readonly string[], reason: KeptReason): readonly Place[] {
  const places: Place[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    places.push({ id: flat[i] ?? '', keptAt: Number(flat[i + 1]), reason });
  }
  return places;
}

function newestFirst(a: Omit<Place, 'reason'>, b: Omit<Place, 'reason'>): number {
  if (a.keptAt !== b.keptAt) return b.keptAt - a.keptAt;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

function cursorOf(keptAt: number, id: MailId): string {
  return `${keptAt}.${id}`;
}

function placeOf(cursor: string | undefined): Omit<Place, 'reason'> | undefined {
  if (cursor === undefined) return undefined;
  const cut = cursor.indexOf('.');
  return { keptAt: Number(cursor.slice(0, cut)), id: cursor.slice(cut + 1) };
}

/** What is known of a mail whose record cannot be read: that it is there. */
function unreadableMail(id: MailId): KeptMail['mail'] {
  return {
    id,
    relay: '',
    messageId: '',
    stream: '',
    lane: '',
    tenant: '',
    envelope: { from: '', to: [] },
    fromDomain: '',
    tags: [],
    metadata: {},
    createdAt: 0,
    dueAt: 0,
    expiresAt: 0,
    smtpUtf8: false,
    sizeBytes: 0,
  };
}
