import type { Mail } from '../../core/mail/mail.js';
import type { MailId } from '../../core/mail/mail-id.js';
import {
  cancelledRecipients,
  keptReasonOf,
  mayReschedule,
  replayed,
  rescheduled,
  rescheduledRecipients,
  SpoolControl,
  type Change,
  type KeptPage,
  type KeptQuery,
  type KeptReason,
  type MailSelector,
  type PauseTarget,
  type StreamCounts,
} from '../../spool/spool-control.js';
import { earliestDueAt, type SpooledMail, type SpooledRecipient } from '../../spool/spooled-mail.js';
import { EventTrimmer } from './events/event-trimmer.js';
import { idempotencyHash } from './idempotency-hash.js';
import { KeptList } from './kept-list.js';
import { packMail, packRecipients, UnreadableRecord } from './mail-record.js';
import type { RedisLink } from './redis-link.js';
import { RING_AGAIN_MS, type RedisSpoolSettings } from './redis-spool-settings.js';
import type { ScriptAnswer, ScriptArgument, ScriptName } from './spool-scripts.js';
import { isList, readStored, spooledOf, text, type StoredMail } from './stored-mail.js';

const MINUTE_MS = 60_000;

const TIMEOUT_MS = 5_000;
/** How often a change begins anew because the mail changed meanwhile. */
const TRIES = 10;

/** A mail as a change leaves it. */
interface Wanted {
  readonly mail: Mail;
  readonly recipients: readonly SpooledRecipient[];
  readonly kept: KeptReason | undefined;
  /** 0 begins to count anew; undefined leaves the count. */
  readonly attempts?: 0;
}

/** What people and operators do with the mails of a Redis spool. */
export class RedisSpoolControl extends SpoolControl {
  readonly #link: RedisLink;
  readonly #s: RedisSpoolSettings;
  readonly #kept: KeptList;
  readonly #events: EventTrimmer;

  constructor(link: RedisLink, settings: RedisSpoolSettings) {
    super();
    this.#link = link;
    this.#s = settings;
    this.#kept = new KeptList(link, settings, (ids) => this.#read(ids));
    this.#events = new EventTrimmer(link, settings, settings.retention);
  }

  async cancel(which: MailSelector): Promise<Change> {
    return this.#changePending(which, ({ mail, recipients }) => {
      if (earliestDueAt(recipients) === undefined) return undefined;
      const cancelled = cancelledRecipients(recipients);
      return { mail, recipients: cancelled, kept: keptReasonOf({ recipients: cancelled }) };
    });
  }

  async reschedule(which: MailSelector, dueAt: number): Promise<Change> {
    return this.#changePending(which, (before) => {
      if (!mayReschedule(before)) return undefined;
      const recipients = rescheduledRecipients(before.recipients, dueAt);
      return { mail: rescheduled(before.mail, dueAt), recipients, kept: undefined };
    });
  }

  async pause(target: PauseTarget): Promise<void> {
    await this.#ask('pause', () => this.#link.client.sadd(`${this.#s.base}p`, memberOf(target)));
  }

  async resume(target: PauseTarget): Promise<void> {
    await this.#ask('resume', () => this.#link.client.srem(`${this.#s.base}p`, memberOf(target)));
  }

  async paused(): Promise<readonly PauseTarget[]> {
    const members = await this.#ask('tell what is paused', () =>
      this.#link.client.smembers(`${this.#s.base}p`),
    );
    return members
      .toSorted()
      .map((member) => (member.startsWith('l') ? { lane: member.slice(1) } : { stream: member.slice(1) }));
  }

  async streams(): Promise<readonly StreamCounts[]> {
    const answer = await this.#run('countStreams', 'count mails');
    if (!isList(answer)) return [];
    return answer.filter(isList).map(([name, pending, claimed, oldest, minute]) => {
      const [lane = '', stream = ''] = text(name).split('/');
      const counts = { lane, stream, pending: Number(pending), claimed: Number(claimed) };
      const since = Number(minute ?? 0) * MINUTE_MS;
      return {
        ...counts,
        ...(Number(oldest) > 0 && { oldestDueAt: Number(oldest) }),
        ...(since > 0 && { waitingSince: since }),
      };
    });
  }

  async kept(query: KeptQuery): Promise<KeptPage> {
    return this.#kept.page(query);
  }

  async keptCounts(): Promise<Readonly<Record<KeptReason, number>>> {
    return this.#kept.counts();
  }

  async replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined> {
    const change = await this.#change(id, (before) => {
      if (before.kept === undefined) return undefined;
      const after = replayed(before, this.#s.clock.now(), lifetimeMs);
      return { mail: after.mail, recipients: after.recipients, kept: undefined, attempts: 0 };
    });
    return change.kind === 'done' ? change.spooled : undefined;
  }

  async discard(id: MailId): Promise<boolean> {
    const change = await this.#change(id, ({ mail, recipients, kept }) =>
      kept === undefined ? undefined : { mail, recipients, kept: undefined },
    );
    if (change.kind !== 'unknown') return change.kind === 'done';
    return (await this.#run('forgetBroken', 'discard a mail', id)) === 1;
  }

  async purge(limit: number): Promise<number> {
    await this.#events.trim();
    const { finishedMs, keptMs } = this.#s.retention;
    return Number(await this.#run('purge', 'forget old mails', finishedMs, keptMs, limit));
  }

  async #changePending(
    which: MailSelector,
    change: (before: StoredMail) => Wanted | undefined,
  ): Promise<Change> {
    const id = 'mailId' in which ? which.mailId : await this.#find(which.tenant ?? '', which.idempotencyKey);
    return id === undefined ? { kind: 'unknown' } : this.#change(id, change);
  }

  /** Looks, works out what is wanted, and writes it if the mail is still what was seen. */
  async #change(id: MailId, change: (before: StoredMail) => Wanted | undefined): Promise<Change> {
    for (let left = TRIES; ; left--) {
      const before = (await this.#read([id])).get(id);
      if (!before) return { kind: 'unknown' };
      const wanted = change(before);
      if (!wanted) return { kind: 'too-late', spooled: spooledOf(before) };
      const done = await this.#write(id, before, wanted);
      if (done === 'done') {
        const { mail, recipients, attempts = before.attempts } = wanted;
        return { kind: 'done', spooled: { mail, recipients, attempts } };
      }
      if (done === 'none') return { kind: 'unknown' };
      if (done === 'held' || left === 0) return { kind: 'too-late', spooled: spooledOf(before) };
    }
  }

  async #write(id: MailId, before: StoredMail, wanted: Wanted): Promise<string> {
    const { mail, recipients, kept, attempts } = wanted;
    const due = earliestDueAt(recipients);
    const answer = await this.#run(
      'change',
      'change a mail',
      id,
      before.packedRecipients,
      before.kept ?? '',
      packMail(mail, recipients),
      packRecipients(recipients),
      due === undefined ? 0 : Math.max(1, due),
      kept ?? '',
      attempts ?? '',
      RING_AGAIN_MS,
    );
    return text(answer);
  }

  async #find(tenant: string, key: string): Promise<MailId | undefined> {
    const id = await this.#run('findKey', 'look up a mail', idempotencyHash(tenant, key));
    return id === null ? undefined : text(id);
  }

  /** What can be read of these mails. */
  async #read(ids: readonly MailId[]): Promise<ReadonlyMap<MailId, StoredMail>> {
    const found = new Map<MailId, StoredMail>();
    if (ids.length === 0) return found;
    const answer = await this.#run('read', 'look up mails', ...ids);
    for (const [i, fields] of isList(answer) ? answer.entries() : []) {
      const id = ids[i];
      if (id === undefined || !isList(fields) || fields.length === 1) continue;
      try {
        found.set(id, readStored(id, fields));
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
      }
    }
    return found;
  }

  #run(name: ScriptName, what: string, ...args: readonly ScriptArgument[]): Promise<ScriptAnswer> {
    const { clock, leaseClock } = this.#s;
    const all = [clock.now(), leaseClock?.() ?? '', ...args];
    return this.#link.run(name, all, { what, timeoutMs: TIMEOUT_MS });
  }

  #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    return this.#link.ask(ask, { what, timeoutMs: TIMEOUT_MS });
  }
}

function memberOf(target: PauseTarget): string {
  return 'lane' in target ? `l${target.lane}` : `s${target.stream}`;
}
