import type { MailId } from '../../core/mail/mail-id.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { keptReasonOf, type SpoolControl } from '../../spool/spool-control.js';
import {
  Spool,
  type Claim,
  type ClaimRequest,
  type DueMail,
  type Settlement,
  type SpoolCounts,
  type SpoolEntry,
  type SpoolReceipt,
} from '../../spool/spool.js';
import {
  changedRecipients,
  earliestDueAt,
  type SpooledMail,
  type SpooledRecipient,
} from '../../spool/spooled-mail.js';
import { newToken } from './claim-token.js';
import { packEvents } from './events/packed-events.js';
import { claimLost, idempotencyConflict } from '../../spool/spool-errors.js';
import { HeldClaim } from './held-claim.js';
import { idempotencyHash } from './idempotency-hash.js';
import { packMail, packRecipients, UnreadableRecord, unpackMail, unpackRecipients } from './mail-record.js';
import { isUnpacked, packForNow, packMessage, unpackMessage } from './packed-message.js';
import type { RedisLink } from './redis-link.js';
import { RedisSpoolControl } from './redis-spool-control.js';
import { RING_AGAIN_MS, type RedisSpoolSettings } from './redis-spool-settings.js';
import { SpoolMark } from './spool-mark.js';
import type { ScriptAnswer, ScriptArgument } from './spool-scripts.js';
import { isList, readStored, spooledOf, text } from './stored-mail.js';

const CALL_TIMEOUT_MS = 5_000;
/** What asks has a second; the rest of it is for what comes before and after. */
const ADD_TIMEOUT_MS = 900;
/** An outcome that cannot be stored is a mail that goes twice. */
const SETTLE_TIMEOUT_MS = 30_000;
/** A message up to here comes with its claim, octets; a larger one when it is read. */
const WITH_CLAIM = 256 * 1024;
const NOBODY = Buffer.alloc(0);
const LOST_MESSAGE = 'its message is missing or damaged';

/**
 * The spool in Redis, for any number of processes. Each step is one script, fenced by the token of the claim; what is
 * written is safe to be written twice, so that a lost answer does no harm.
 */
export class RedisSpool extends Spool {
  readonly control: SpoolControl;
  readonly #link: RedisLink;
  readonly #s: RedisSpoolSettings;
  readonly #mark: SpoolMark;

  constructor(link: RedisLink, settings: RedisSpoolSettings) {
    super();
    this.#link = link;
    this.#s = settings;
    this.#mark = new SpoolMark(link, settings);
    this.control = new RedisSpoolControl(link, settings);
  }

  override get durability() {
    return this.#s.durability;
  }

  /** Makes the mark by which it is known whether this is still the same spool. */
  async open(): Promise<void> {
    await this.#mark.learn();
  }

  async add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
    const token = claim ? newToken() : '';
    const args = await this.#addArguments(entry, token, claim?.leaseMs ?? 0);
    const answer = await this.#link.run('add', args, {
      what: 'store a mail',
      timeoutMs: ADD_TIMEOUT_MS,
      mailId: entry.mail.id,
    });
    const receipt = this.#receipt(entry, answer, token);
    if (claim && !receipt.deduplicated && !receipt.claim) await this.#pack(entry.mail.id, entry.message);
    return receipt;
  }

  async addMany(entries: readonly SpoolEntry[]): Promise<readonly (SpoolReceipt | MailRelayError)[]> {
    const calls = await Promise.all(entries.map((entry) => this.#addArguments(entry, '', 0)));
    // The batch is one write: the commands of one turn go out together, each with an answer of its own.
    const answers = await Promise.allSettled(
      calls.map((args, i) =>
        this.#link.run('add', args, {
          what: 'store a mail',
          timeoutMs: CALL_TIMEOUT_MS,
          mailId: entries[i]?.mail.id,
        }),
      ),
    );
    const stored = answers.map((answer, i) => this.#receiptOrError(entries[i], answer));
    const [first] = stored;
    // Nothing was stored of anything, and the caller is to know that it is not about one entry.
    if (
      stored.length > 0 &&
      stored.every((one) => MailRelayError.is(one, 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE'))
    ) {
      throw first;
    }
    return stored;
  }

  async claim(id: MailId, { leaseMs }: ClaimRequest): Promise<Claim | undefined> {
    const token = newToken();
    const { log } = this.#s;
    const answer = await this.#run('claim', 'claim a mail', id, token, leaseMs, RING_AGAIN_MS, WITH_CLAIM);
    if (!isList(answer)) return undefined;
    const [mail, recipients, lane, stream, attempts, crashes, abandoned, body] = answer;
    if (answer.length === 1) {
      log.error(`Mail ${id} was set aside: its record cannot be read.`);
      return undefined;
    }
    try {
      const list = unpackRecipients(text(recipients));
      const claim = new HeldClaim({
        token,
        mail: unpackMail(text(mail), { id, lane: text(lane), stream: text(stream) }, list),
        everyone: list,
        attempts: Number(attempts),
        crashes: Number(crashes),
        abandoned: text(abandoned),
        now: this.#s.clock.now(),
        read: () => this.#readMessage(id),
        isUnpacked: Buffer.isBuffer(body) && isUnpacked(body),
      });
      if (body !== null) claim.keep(unpackMessage(messageOf(body)));
      await claim.ready();
      return claim;
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      return this.#setAside(id, token, answer);
    }
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return (await this.#run('renew', 'extend a claim', claim.mail.id, claim.token, leaseMs)) === 1;
  }

  async mark(claim: Claim, transport: string, recipients: readonly string[]): Promise<void> {
    const handed = JSON.stringify({ transport, recipients });
    const done = await this.#run('mark', 'note that a mail leaves', claim.mail.id, claim.token, handed);
    if (done !== 1) throw claimLost(claim);
  }

  async settle(claim: Claim, settlement: Settlement): Promise<SpooledMail | undefined> {
    const everyone = await this.#everyone(claim);
    if (!everyone) return undefined;
    const recipients = changedRecipients(everyone, settlement.recipients);
    const due = earliestDueAt(recipients);
    const args = this.#arguments(
      claim.mail.id,
      claim.token,
      newToken(),
      packRecipients(recipients),
      score(due),
      settlement.countAttempt ? 1 : 0,
      keptReasonOf({ recipients }) ?? '',
      RING_AGAIN_MS,
      packedEvents(settlement),
    );
    const attempts = await this.#link.run('settle', args, {
      what: 'store the outcome of an attempt',
      timeoutMs: SETTLE_TIMEOUT_MS,
      mailId: claim.mail.id,
      patient: true,
    });
    if (attempts !== null && due !== undefined && claim instanceof HeldClaim && claim.isUnpacked) {
      await this.#pack(claim.mail.id, await claim.message());
    }
    return attempts === null ? undefined : { mail: claim.mail, recipients, attempts: Number(attempts) };
  }

  async due(limit: number): Promise<readonly DueMail[]> {
    const answer = await this.#run('tell', 'tell what is due', limit, RING_AGAIN_MS);
    if (!isList(answer)) return [];
    const [mark, ...told] = answer;
    await this.#mark.check(mark);
    const found: DueMail[] = [];
    for (let i = 0; i + 1 < told.length; i += 2) found.push({ id: text(told[i]), lane: text(told[i + 1]) });
    return found;
  }

  async nextDueAt(): Promise<number | undefined> {
    const now = this.#s.clock.now();
    const wait = await this.#run('next', 'tell what is due next');
    return wait === null ? undefined : now + Number(wait);
  }

  async get(id: MailId): Promise<SpooledMail | undefined> {
    const answer = await this.#run('read', 'look up a mail', id);
    const fields = isList(answer) ? answer[0] : undefined;
    if (!isList(fields) || fields.length === 1) return undefined;
    try {
      return spooledOf(readStored(id, fields));
    } catch (error) {
      if (error instanceof UnreadableRecord) return undefined;
      throw error;
    }
  }

  async counts(): Promise<SpoolCounts> {
    const answer = await this.#run('countAll', 'count mails');
    const [pending = 0, claimed = 0, bytes = 0] = isList(answer) ? answer.map(Number) : [];
    return { pending, claimed, bytes };
  }

  async close(): Promise<void> {
    this.#mark.forget();
    await this.#s.onClose?.();
  }

  async #addArguments(entry: SpoolEntry, token: string, leaseMs: number): Promise<ScriptArgument[]> {
    const { mail, message, recipients, idempotency } = entry;
    const due = earliestDueAt(recipients);
    const kept = keptReasonOf({ recipients }) ?? '';
    return this.#arguments(
      mail.id,
      mail.lane,
      mail.stream,
      packMail(mail, recipients),
      packRecipients(recipients),
      score(due),
      idempotency ? idempotencyHash(mail.tenant, idempotency.key) : '',
      idempotency?.fingerprint ?? '',
      message.length,
      due === undefined && kept === ''
        ? NOBODY
        : await (token === '' ? packMessage(message) : packForNow(message)),
      kept,
      RING_AGAIN_MS,
      token,
      leaseMs,
      packedEvents(entry),
    );
  }

  #receiptOrError(
    entry: SpoolEntry | undefined,
    answer: PromiseSettledResult<ScriptAnswer>,
  ): SpoolReceipt | MailRelayError {
    try {
      if (answer.status === 'rejected') throw answer.reason;
      if (!entry) throw new TypeError('more answers than entries');
      return this.#receipt(entry, answer.value, '');
    } catch (error) {
      if (MailRelayError.is(error)) return error;
      throw error;
    }
  }

  #receipt(entry: SpoolEntry, answer: ScriptAnswer, token: string): SpoolReceipt {
    if (!isList(answer)) throw new TypeError('add answers a list');
    const [kind, ...rest] = answer;
    const { mail, recipients } = entry;
    switch (text(kind)) {
      case 'conflict':
        throw idempotencyConflict(text(rest[0]));
      case 'known':
        return { deduplicated: true, spooled: spooledOf(readStored(text(rest[0]), rest.slice(1))) };
      case 'claimed': {
        const spooled = { mail, recipients, attempts: 0 };
        return { deduplicated: false, spooled, claim: this.#claimOfNew(entry, token) };
      }
      default:
        return { deduplicated: false, spooled: { mail, recipients, attempts: 0 } };
    }
  }

  #claimOfNew({ mail, recipients, message }: SpoolEntry, token: string): Claim {
    const claim = new HeldClaim({
      token,
      mail,
      everyone: recipients,
      attempts: 0,
      crashes: 0,
      abandoned: '',
      now: this.#s.clock.now(),
      read: () => message,
      isUnpacked: true,
    });
    claim.keep(message);
    return claim;
  }

  /** Makes a message smaller that was to be sent at once and has to wait. It is kept either way. */
  async #pack(id: MailId, message: Buffer): Promise<void> {
    const packed = await packMessage(message);
    if (isUnpacked(packed)) return;
    await this.#run('packMessage', 'pack a message', id, packed).catch(() => undefined);
  }

  /** All recipients of a claimed mail; undefined when the claim was lost. */
  async #everyone(claim: Claim): Promise<readonly SpooledRecipient[] | undefined> {
    if (claim instanceof HeldClaim) return claim.everyone;
    return (await this.get(claim.mail.id))?.recipients;
  }

  async #readMessage(id: MailId): Promise<Buffer> {
    const { client } = this.#link;
    const call = { what: 'read a message', timeoutMs: CALL_TIMEOUT_MS, mailId: id };
    const packed = await this.#link.ask(() => client.getBuffer(`${this.#s.base}b:${id}`), call);
    if (!packed) throw new UnreadableRecord(`the message of mail ${id} is gone`);
    return unpackMessage(packed);
  }

  /** A mail that was claimed and cannot be read waits for somebody who knows what to do with it. */
  async #setAside(id: MailId, token: string, answer: readonly ScriptAnswer[]): Promise<undefined> {
    const recipients = readableRecipients(answer[1]);
    const packed = recipients && packRecipients(recipients);
    await this.#run('setAside', 'set a mail aside', id, token, packed ?? '');
    this.#s.log.error(
      `Mail ${id} was set aside: ${recipients ? LOST_MESSAGE : 'its record cannot be read'}.`,
    );
    return undefined;
  }

  #run(
    name: Parameters<RedisLink['run']>[0],
    what: string,
    ...args: readonly ScriptArgument[]
  ): Promise<ScriptAnswer> {
    return this.#link.run(name, this.#arguments(...args), { what, timeoutMs: CALL_TIMEOUT_MS });
  }

  #arguments(...args: readonly ScriptArgument[]): ScriptArgument[] {
    const { clock, leaseClock } = this.#s;
    return [clock.now(), leaseClock?.() ?? '', ...args];
  }
}

/** Nothing for a step that tells nothing. */
function packedEvents({ events = [] }: Pick<SpoolEntry, 'events'>): string {
  return events.length > 0 ? packEvents(events) : '';
}

/** Nothing is due is 0 in a record. */
function score(dueAt: number | undefined): number {
  return dueAt === undefined ? 0 : Math.max(1, dueAt);
}

function messageOf(body: ScriptAnswer | undefined): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new UnreadableRecord('the message is gone');
}

function readableRecipients(packed: ScriptAnswer | undefined): readonly SpooledRecipient[] | undefined {
  try {
    return unpackRecipients(text(packed)).map(({ dueAt, ...rest }) =>
      dueAt === undefined ? rest : { ...rest, state: 'held', reason: LOST_MESSAGE },
    );
  } catch {
    return undefined;
  }
}
