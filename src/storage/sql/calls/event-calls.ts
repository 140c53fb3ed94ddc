import type { LoggedEvent, LogPage, LogRequest, ReaderProgress } from '../../../events/log/event-log.js';
import { eventOfRow, type StoredEvent } from '../events/stored-event.js';
import type { JournalMailRow, JournalRecipientRow, StoredEventRow } from '../tables/journal-queries.js';
import { mailKeyOf } from '../tables/recipient-key.js';
import type { CallContext } from './call-context.js';
import type { SpoolCalls } from './spool-calls.js';

type Calls = Pick<
  SpoolCalls,
  'appendEvents' | 'readEvents' | 'eventsAt' | 'endOfEvents' | 'holdReader' | 'saveReader' | 'releaseReader'
>;

/** Digits of a position, so that positions compare as text. */
const DIGITS = 16;
/** Events that are looked at for one page, when most of them were not asked for. */
const LOOK_AT = 20_000;

/** The event log in the file: events are rows, a position is the number of one. */
export class EventCalls implements Calls {
  readonly #context: CallContext;
  readonly #tokenPrefix: string;
  #tokens = 0;

  /** @param opened how often the file was opened: makes the tokens of this process its own */
  constructor(context: CallContext, opened: number) {
    this.#context = context;
    this.#tokenPrefix = `${opened}.`;
  }

  async appendEvents(events: readonly StoredEvent[]): Promise<void> {
    await this.#context.events.record(events);
  }

  async readEvents({ after, limit, types }: LogRequest): Promise<LogPage> {
    const { db, journal } = this.#context;
    let seq = Number(after);
    if (!Number.isSafeInteger(seq)) return { events: [], position: after };
    const last = (await db.first(journal.lastEvent, {}))?.seq ?? 0;
    const until = Math.min(last, seq + LOOK_AT);
    const wanted = types ? JSON.stringify(types) : null;
    const found = await db.all(journal.eventsAfter, { seq, until, types: wanted, limit });
    // A full page ends with its last event; another one saw everything it looked at.
    seq = found.length === limit ? (found.at(-1)?.seq ?? seq) : Math.max(seq, until);
    return { events: await this.#logged(found), position: seq === 0 ? after : positionOf(seq) };
  }

  async eventsAt(positions: readonly string[]): Promise<readonly LoggedEvent[]> {
    const { db, journal } = this.#context;
    const seqs = positions.map(Number).filter((seq) => Number.isSafeInteger(seq));
    return this.#logged(await db.all(journal.eventsAt, { seqs: JSON.stringify(seqs) }));
  }

  async endOfEvents(): Promise<string> {
    const { db, journal } = this.#context;
    const last = await db.first(journal.lastEvent, {});
    return last?.seq ? positionOf(last.seq) : '';
  }

  async holdReader(
    name: string,
    owner: string,
    leaseMs: number,
  ): Promise<{ readonly token: string; readonly progress: ReaderProgress } | undefined> {
    const { db, journal, moment } = this.#context;
    const known = await db.first(journal.reader, { name });
    if (known && known.token !== null && (known.lease_until ?? 0) > moment.steady) return undefined;
    const position = known?.position ?? (await this.endOfEvents());
    const waiting = known?.waiting ?? '[]';
    const token = `${this.#tokenPrefix}${++this.#tokens}`;
    await db.run(journal.writeReader, {
      name,
      position,
      waiting,
      token,
      owner,
      lease_until: moment.steady + leaseMs,
    });
    // Written by saveReader().
    return { token, progress: { position, waiting: JSON.parse(waiting) as ReaderProgress['waiting'] } };
  }

  async saveReader(name: string, token: string, progress: ReaderProgress, leaseMs: number): Promise<boolean> {
    const { db, journal, moment } = this.#context;
    const known = await db.first(journal.reader, { name });
    if (known?.token !== token) return false;
    await db.run(journal.writeReader, {
      ...known,
      position: progress.position,
      waiting: JSON.stringify(progress.waiting),
      lease_until: moment.steady + leaseMs,
    });
    return true;
  }

  async releaseReader(name: string, token: string): Promise<void> {
    const { db, journal } = this.#context;
    const known = await db.first(journal.reader, { name });
    if (known?.token !== token) return;
    await db.run(journal.writeReader, { ...known, token: null, owner: null, lease_until: null });
  }

  /** The events of rows; what they share is read once for each mail. */
  async #logged(rows: readonly StoredEventRow[]): Promise<readonly LoggedEvent[]> {
    const { db, journal } = this.#context;
    const mails = new Map<
      number,
      { readonly mail: JournalMailRow | undefined; readonly recipients: readonly JournalRecipientRow[] }
    >();
    const logged: LoggedEvent[] = [];
    for (const row of rows) {
      const key = row.recipient_key === null ? undefined : mailKeyOf(row.recipient_key);
      let of = key === undefined ? undefined : mails.get(key);
      if (key !== undefined && !of) {
        of = {
          mail: await db.first(journal.mailOfKey, { key }),
          recipients: await db.all(journal.recipientsOf, { key }),
        };
        mails.set(key, of);
      }
      const recipient = of?.recipients.find((one) => one.recipient_key === row.recipient_key);
      logged.push({
        position: positionOf(row.seq),
        event: eventOfRow({ ...row, mail: of?.mail, recipient }),
      });
    }
    return logged;
  }
}

function positionOf(seq: number): string {
  return String(seq).padStart(DIGITS, '0');
}
