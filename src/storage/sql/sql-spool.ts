import { resolve } from 'node:path';
import type { Clock } from '../../core/schedule/clock.js';
import type { MailId } from '../../core/mail/mail-id.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { journalRetention } from '../../journal/journal-retention.js';
import type { JournalRetention } from '../../journal/journal-store.js';
import { keptReasonOf, type SpoolRetention } from '../../spool/spool-control.js';
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
import { claimLost, idempotencyConflict } from '../../spool/spool-errors.js';
import { earliestDueAt, type SpooledMail } from '../../spool/spooled-mail.js';
import type { SuppressionStore } from '../../suppression/suppression-store.js';
import { dueRecipients } from './calls/mail-record.js';
import type { AddAnswer, ClaimedMail, StoredEntry } from './calls/spool-calls.js';
import { bodyOf, unpack, type StoredBody } from './calls/stored-body.js';
import { storedFirstEvents, storedStepEvents } from './events/stored-event.js';
import { SqlEventLog } from './sql-event-log.js';
import { SqlJournalStore } from './sql-journal-store.js';
import { SqlSpoolControl } from './sql-spool-control.js';
import { SqlSuppressionStore } from './sql-suppression-store.js';
import { SpoolClient } from './thread/spool-client.js';

export interface SqlSpoolOptions {
  /** The SQLite file; relative to the working directory. */
  readonly file: string;
  /** Whose spool it is; told to a process that finds the file in use. */
  readonly relay: string;
  readonly clock: Clock;
  /** Each with the default of {@link SpoolRetention}. */
  readonly retention?: { readonly [Name in keyof SpoolRetention]?: number | undefined } | undefined;
  /** How long to wait for a process that still holds the file, milliseconds. @default 5000 */
  readonly lockWaitMs?: number | undefined;
  /** @default that of `journalRetention()`, without a bound of mails */
  readonly journal?: JournalRetention | undefined;
  /** Calls that may share one transaction. @default 256 */
  readonly maxBatch?: number | undefined;
  /** @default 'FULL' */
  readonly synchronous?: 'FULL' | 'OFF' | undefined;
  /** How large the file may become, in pages of 4096 octets. */
  readonly maxPages?: number | undefined;
  /** How long the disk may take until whoever waits is told, milliseconds. @default 10 000 */
  readonly patienceMs?: number | undefined;
}

const DAY_MS = 86_400_000;
const RING_AGAIN_MS = 30_000;
const MAX_WAITING = 20_000;
/** Entries of `addMany` that are one step of a transaction: a mark never waits for thousands of them. */
const ENTRIES_PER_CALL = 50;

/**
 * The spool in a SQLite file. It belongs to one process, which holds it until `close()`. A thread of its own works on
 * the file: the event loop never waits for the disk.
 */
export class SqlSpool extends Spool {
  readonly durability = 'fsync';
  readonly control: SqlSpoolControl;
  /** The events of its steps, kept in the same file. */
  readonly events: SqlEventLog;
  /** The same events, to be looked up. */
  readonly journal: SqlJournalStore;
  /** Who is not mailed, kept in the same file. */
  readonly suppressions: SuppressionStore;
  readonly #client: SpoolClient;

  private constructor(client: SpoolClient, suppressions: SuppressionStore) {
    super();
    this.#client = client;
    this.control = new SqlSpoolControl(client);
    this.events = new SqlEventLog(client);
    this.journal = new SqlJournalStore(client, this.events);
    this.suppressions = suppressions;
  }

  /**
   * Opens the file, or makes it with the folders that lead to it.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_SPOOL_IN_USE` when another process or relay holds it,
   *   `ERR_MAIL_RELAY_SPOOL_VERSION` when a newer version wrote it, `ERR_MAIL_RELAY_SPOOL_UNAVAILABLE` when it cannot be
   *   read or written, `ERR_MAIL_RELAY_PACKAGE_MISSING` without the packages it needs
   */
  static async open(options: SqlSpoolOptions): Promise<SqlSpool> {
    const { clock, retention } = options;
    const client = await SpoolClient.open({
      settings: {
        path: resolve(options.file),
        relay: options.relay,
        lockWaitMs: options.lockWaitMs ?? 5000,
        synchronous: options.synchronous ?? 'FULL',
        maxPages: options.maxPages,
        openedAt: clock.now(),
        ringAgainMs: RING_AGAIN_MS,
        retention: {
          finishedMs: retention?.finishedMs ?? 7 * DAY_MS,
          keptMs: retention?.keptMs ?? 30 * DAY_MS,
        },
        journal: options.journal ?? journalRetention({}, Number.MAX_SAFE_INTEGER),
      },
      clock,
      maxBatch: options.maxBatch ?? 256,
      maxWaiting: MAX_WAITING,
      patienceMs: options.patienceMs ?? 10_000,
    });
    return new SqlSpool(client, await SqlSuppressionStore.open(client));
  }

  async add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
    const stored = await storedEntry(entry);
    const receipt = await this.#addOne(entry, stored, claim);
    if (MailRelayError.is(receipt)) throw receipt;
    return receipt;
  }

  async addMany(entries: readonly SpoolEntry[]): Promise<readonly (SpoolReceipt | MailRelayError)[]> {
    const parts: (readonly SpoolEntry[])[] = [];
    for (let i = 0; i < entries.length; i += ENTRIES_PER_CALL)
      parts.push(entries.slice(i, i + ENTRIES_PER_CALL));
    const answers = await Promise.all(parts.map((part) => this.#addPart(part)));
    const failed = answers.find((answer) => MailRelayError.is(answer));
    if (failed && answers.every((answer) => MailRelayError.is(answer))) throw failed;
    return answers.flatMap((answer, i) =>
      MailRelayError.is(answer) ? (parts[i] ?? []).map(() => answer) : answer,
    );
  }

  async claim(id: MailId, request: ClaimRequest): Promise<Claim | undefined> {
    const claimed = await this.#client.ask('claim', [id, request]);
    return claimed && this.#claim(claimed);
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return this.#client.ask('renew', [keyOf(claim), leaseMs]);
  }

  async mark(claim: Claim, transport: string, recipients: readonly string[]): Promise<void> {
    if (!(await this.#client.ask('mark', [keyOf(claim), transport, recipients]))) throw claimLost(claim);
  }

  async settle(claim: Claim, settlement: Settlement): Promise<SpooledMail | undefined> {
    const { events = [], ...rest } = settlement;
    const settled = await this.#client.ask('settle', [keyOf(claim), rest, storedStepEvents(events)]);
    if (settled && events.length > 0) this.events.tell();
    return settled;
  }

  async due(limit: number): Promise<readonly DueMail[]> {
    return this.#client.ask('due', [limit]);
  }

  async nextDueAt(): Promise<number | undefined> {
    return this.#client.ask('nextDueAt', []);
  }

  async get(id: MailId): Promise<SpooledMail | undefined> {
    return this.#client.ask('get', [id]);
  }

  async counts(): Promise<SpoolCounts> {
    return this.#client.ask('counts', []);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #addOne(
    entry: SpoolEntry,
    stored: StoredEntry,
    claim: ClaimRequest | undefined,
  ): Promise<SpoolReceipt | MailRelayError> {
    try {
      const [answer] = await this.#client.ask('add', [[stored], claim], owned(stored.body));
      return this.#receipt(entry, answer);
    } catch (error) {
      if (!MailRelayError.is(error, 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE')) throw error;
      return new MailRelayError(error.code, `Mail ${entry.mail.id}: ${error.message}`, { cause: error });
    }
  }

  async #addPart(
    entries: readonly SpoolEntry[],
  ): Promise<readonly (SpoolReceipt | MailRelayError)[] | MailRelayError> {
    try {
      const stored = await Promise.all(entries.map(storedEntry));
      const transfer = stored.flatMap(({ body }) => owned(body));
      const answers = await this.#client.ask('add', [stored], transfer);
      return entries.map((entry, i) => this.#receipt(entry, answers[i]));
    } catch (error) {
      if (MailRelayError.is(error)) return error;
      throw error;
    }
  }

  #receipt(entry: SpoolEntry, answer: AddAnswer | undefined): SpoolReceipt | MailRelayError {
    if (!answer) throw new TypeError('every entry has its answer');
    switch (answer.kind) {
      case 'known':
        return { deduplicated: true, spooled: answer.spooled };
      case 'conflict':
        return idempotencyConflict(answer.mailId);
      case 'added': {
        const { mail, recipients, message, events = [] } = entry;
        if (events.length > 0) this.events.tell();
        const spooled = { mail, recipients, attempts: 0 };
        if (!answer.claim) return { deduplicated: false, spooled };
        const { token, now } = answer.claim;
        const due = dueRecipients(recipients, now);
        const claim = { token, mail, attempt: 1, recipients: due, crashes: 0, message: () => message };
        return { deduplicated: false, spooled, claim };
      }
      default: {
        const never: never = answer;
        throw new TypeError(`unknown answer ${String(never)}`);
      }
    }
  }

  #claim(claimed: ClaimedMail): Claim {
    const { message, ...claim } = claimed;
    if (!message) return { ...claim, message: () => this.#largeMessage(claimed) };
    const octets = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    return { ...claim, message: () => octets };
  }

  /** A message that cannot be read any more is set aside with its mail, and this attempt ends. */
  async #largeMessage(claim: ClaimedMail): Promise<Buffer> {
    const key = keyOf(claim);
    const body = await this.#client.ask('message', [key]);
    if (!body) throw claimLost(claim);
    try {
      return await unpack(body);
    } catch {
      await this.#client.ask('setAside', [key]);
      throw claimLost(claim);
    }
  }
}

async function storedEntry({
  mail,
  recipients,
  idempotency,
  message,
  events = [],
}: SpoolEntry): Promise<StoredEntry> {
  const { id, lane, stream, tenant } = mail;
  return {
    id,
    lane,
    stream,
    tenant,
    mail: JSON.stringify(mail),
    recipients: JSON.stringify(recipients),
    dueAt: earliestDueAt(recipients) ?? null,
    keptReason: keptReasonOf({ recipients }) ?? null,
    idempotency,
    body: await bodyOf(message),
    events: storedFirstEvents(events),
  };
}

/** The buffer of a body that was compressed here: nobody else has it. */
function owned({ encoding, octets }: StoredBody): readonly ArrayBuffer[] {
  const { buffer, byteLength } = octets;
  return encoding !== 0 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

function keyOf({ mail, token }: Pick<Claim, 'mail' | 'token'>): {
  readonly id: MailId;
  readonly token: string;
} {
  return { id: mail.id, token };
}
