import type { Bell } from '../bell/bell.js';
import { parseDuration } from '../core/schedule/duration.js';
import type { Clock } from '../core/schedule/clock.js';
import type { MailId } from '../core/mail/mail-id.js';
import { refuseDraft } from '../core/refusal.js';
import type { MailEventPublisher } from '../events/mail-event-bus.js';
import { requeuedEvents } from '../events/requeued-events.js';
import type { MailQueue } from '../queue/mail-queue.js';
import type { KeptReason, PauseTarget } from '../spool/spool-control.js';
import type { Spool } from '../spool/spool.js';
import { streamBacklogs } from '../spool/stream-backlogs.js';
import type { SpooledMail } from '../spool/spooled-mail.js';
import { failedMail, type FailedPage } from './kept-report.js';
import type { MailCounts } from './mail-counts.js';

/** Which of the mails the relay gave up on; what is not given does not narrow. @publicApi */
export interface FailedFilter {
  readonly reason?: KeptReason | undefined;
  readonly stream?: string | undefined;
  readonly tenant?: string | undefined;
}

/** A page of the mails the relay gave up on. @publicApi */
export interface FailedQuery extends FailedFilter {
  /** From the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 1000. @default 50 */
  readonly limit?: number | undefined;
}

/** How mails are tried anew. @publicApi */
export interface ReplayOptions {
  /** How long the relay tries, from now on: milliseconds or `'10m'`, `'2h'`, `'5d'`. @default the stream's */
  readonly expiresIn?: number | string | undefined;
}

export interface MailOperationsOptions {
  readonly spool: Spool;
  readonly queue: MailQueue;
  readonly bell: Bell;
  readonly events: MailEventPublisher;
  readonly clock: Clock;
  readonly lanes: readonly string[];
  /** The relay's streams, and how long their mails live, milliseconds. */
  readonly streams: ReadonlyMap<string, { readonly expiresInMs: number }>;
  /** Told when something may be due. */
  readonly expect: (at: number) => void;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;
const DEFAULT_LIFE_MS = 5 * 86_400_000;

/**
 * What operators do: see the backlog, pause and resume, look at what the relay gave up on, try it anew or discard it.
 * It acts on the spool, so it holds for every process that shares it. Reachable from outside only through a controller
 * of the application: put a guard before it, because its answers name recipients.
 *
 * @publicApi
 */
export class MailOperations {
  readonly #o: MailOperationsOptions;

  /** @internal The module makes it. */
  constructor(options: MailOperationsOptions) {
    this.#o = options;
  }

  async counts(): Promise<MailCounts> {
    const { spool, queue } = this.#o;
    const { control } = spool;
    const [counts, { streams, paused }, kept, lanes] = await Promise.all([
      spool.counts(),
      streamBacklogs(control),
      control.keptCounts(),
      queue.counts(),
    ]);
    return {
      ...counts,
      streams: streams.map(({ oldestDueAt, waitingSince, ...one }) => ({
        ...one,
        ...(oldestDueAt !== undefined && { oldestDueAt: new Date(oldestDueAt) }),
        ...(waitingSince !== undefined && { waitingSince: new Date(waitingSince) }),
      })),
      paused,
      kept,
      lanes,
    };
  }

  /**
   * Stops delivery of a lane with all its streams, or of one stream, in every process. `queue()` goes on accepting; what
   * a worker has is finished. It lasts until `resume()`, over restarts of a durable spool too.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` for a lane or stream this relay does not have
   */
  async pause(target: PauseTarget): Promise<void> {
    this.#checkTarget(target);
    await this.#o.spool.control.pause(target);
  }

  /** Delivery goes on; what became due meanwhile is sent at once. */
  async resume(target: PauseTarget): Promise<void> {
    await this.#o.spool.control.resume(target);
    this.#o.expect(this.#o.clock.now());
  }

  /** The mails the relay gave up on, newest first, page by page, with the last answer of each recipient. */
  async failed(query: FailedQuery = {}): Promise<FailedPage> {
    const { limit = DEFAULT_PAGE } = query;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      refuseDraft('limit', `be a whole number from 1 to ${MAX_PAGE}`, 'it is another value: leave it out');
    }
    const { mails, cursor } = await this.#o.spool.control.kept({ ...query, limit });
    return { mails: mails.map(failedMail), ...(cursor !== undefined && { cursor }) };
  }

  /**
   * Tries mails anew that the relay gave up on: their failed, uncertain and set-aside recipients are due now, with a new
   * lifetime. Recipients that were sent are not mailed again; one that was `uncertain` may get a second copy.
   *
   * @param which a mail's id, or every mail that fits: `{ stream: 'marketing' }`, `{}` for all of them
   * @returns how many mails are tried anew
   */
  async replay(which: MailId | FailedFilter, options: ReplayOptions = {}): Promise<number> {
    const { expiresIn } = options;
    const lifetimeMs = expiresIn === undefined ? undefined : parseDuration(expiresIn, 'expiresIn');
    return this.#each(
      which,
      (id, stream) => this.#replay(id, stream, lifetimeMs),
      (mails) => this.#o.bell.ring(mails),
    );
  }

  /**
   * Removes mails the relay gave up on, with their messages; what became of each recipient stays known for a while.
   *
   * @param which a mail's id, or every mail that fits; at least one of `reason`, `stream` and `tenant`
   * @returns how many mails were discarded
   */
  async discard(which: MailId | FailedFilter): Promise<number> {
    if (typeof which !== 'string' && Object.values(which).every((value) => value === undefined)) {
      refuseDraft(
        'which',
        'be a mail id or a filter',
        'it is empty and would discard everything: say reason, stream or tenant',
      );
    }
    return this.#each(which, async (id) => (await this.#o.spool.control.discard(id)) || undefined);
  }

  async #replay(
    id: MailId,
    stream: string | undefined,
    lifetimeMs: number | undefined,
  ): Promise<SpooledMail | undefined> {
    const { spool, events, clock, streams } = this.#o;
    const name = stream ?? (await spool.get(id))?.mail.stream ?? '';
    const life = lifetimeMs ?? streams.get(name)?.expiresInMs ?? DEFAULT_LIFE_MS;
    const spooled = await spool.control.replay(id, life);
    if (spooled) await events.record(requeuedEvents(spooled, clock.now()));
    return spooled;
  }

  /**
   * Does it to one mail, or to every mail that is kept now and fits; what is kept meanwhile is left alone.
   *
   * @param act gives nothing where there was nothing to do
   * @param after told of each page what was done
   */
  async #each<Done>(
    which: MailId | FailedFilter,
    act: (id: MailId, stream: string | undefined) => Promise<Done | undefined>,
    after: (done: readonly Done[]) => void | Promise<void> = () => undefined,
  ): Promise<number> {
    if (typeof which === 'string') {
      const one = await act(which, undefined);
      if (one === undefined) return 0;
      await after([one]);
      return 1;
    }
    const { control } = this.#o.spool;
    const { reason, stream, tenant } = which;
    const began = this.#o.clock.now();
    let count = 0;
    let cursor: string | undefined;
    do {
      const page = await control.kept({ reason, stream, tenant, cursor, limit: MAX_PAGE });
      const done: Done[] = [];
      for (const { mail, keptAt } of page.mails) {
        const one = keptAt <= began ? await act(mail.id, mail.stream) : undefined;
        if (one !== undefined) done.push(one);
      }
      await after(done);
      count += done.length;
      ({ cursor } = page);
    } while (cursor !== undefined);
    return count;
  }

  #checkTarget(target: PauseTarget): void {
    const { lanes, streams } = this.#o;
    const known = 'lane' in target ? lanes.includes(target.lane) : streams.has(target.stream);
    if (known) return;
    const [field, names] = 'lane' in target ? ['lane', lanes] : ['stream', Array.from(streams.keys())];
    refuseDraft(field, `be one of ${names.join(', ')}`, 'it is another one: correct it');
  }
}
