import type { Mail } from '../core/mail/mail.js';
import type { MailId } from '../core/mail/mail-id.js';
import type { MailRelayError } from '../core/mail-relay-error.js';
import type { MailEvent } from '../events/mail-event.js';
import type { SpoolControl } from './spool-control.js';
import type { SpooledMail, SpooledRecipient } from './spooled-mail.js';

/**
 * What a resolved `add` promises. `memory`: gone with the process. `everysec`: at most a second of accepted mail is
 * lost with the machine. `fsync`: on the disk. `unknown`: the store would not say.
 *
 * @publicApi
 */
export type Durability = 'memory' | 'everysec' | 'fsync' | 'unknown';

/** A mail to be stored. @publicApi */
export interface SpoolEntry {
  readonly mail: Mail;
  /** The RFC 5322 bytes. */
  readonly message: Buffer;
  readonly recipients: readonly SpooledRecipient[];
  /** Two entries with the same key are one mail; the fingerprint tells the same draft from another one. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
  /** What is told of it. A spool with an event log stores them in the same step; a mail that is known already tells nothing. */
  readonly events?: readonly MailEvent[] | undefined;
}

/** Who claims, and for how long. @publicApi */
export interface ClaimRequest {
  /** Who works on it, for people. */
  readonly owner: string;
  /** The lease, milliseconds. */
  readonly leaseMs: number;
}

/** A worker's exclusive, time-limited right to a mail; also the record that an attempt began. @publicApi */
export interface Claim {
  /** Fences every later write: a claim that was lost settles nothing. */
  readonly token: string;
  readonly mail: Mail;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** The recipients that are due. */
  readonly recipients: readonly SpooledRecipient[];
  /** Set when the claim before this one expired after its handed-over mark: the outcome of that try is unknown. */
  readonly abandoned?: { readonly transport: string; readonly recipients: readonly string[] } | undefined;
  /**
   * How many claims directly before this one expired without a settlement: a mail whose workers die again and again is
   * set aside. A settlement begins the count anew, unless it was that of an `abandoned` claim, which tried nothing.
   */
  readonly crashes: number;
  /** Reads the message. */
  readonly message: () => Buffer | Promise<Buffer>;
}

/**
 * What an attempt changes. The mail is finished when no recipient has a `dueAt` any more: its message goes, unless
 * `keptReasonOf` names a reason to keep it.
 *
 * @publicApi
 */
export interface Settlement {
  /** The new state of some recipients; the others stay as they are. */
  readonly recipients: readonly SpooledRecipient[];
  /** False when the attempt is not to count. */
  readonly countAttempt: boolean;
  /** What is told of it. A spool with an event log stores them in the same step, when the claim was not lost. */
  readonly events?: readonly MailEvent[] | undefined;
}

/** What a spool answers for a mail: stored, or known by its idempotency key. @publicApi */
export type SpoolReceipt =
  | { readonly deduplicated: false; readonly spooled: SpooledMail; readonly claim?: Claim | undefined }
  | { readonly deduplicated: true; readonly spooled: SpooledMail };

/** A mail whose moment has come. @publicApi */
export interface DueMail {
  readonly id: MailId;
  readonly lane: string;
}

/** How much a spool holds. @publicApi */
export interface SpoolCounts {
  /** Mails with at least one pending recipient. */
  readonly pending: number;
  readonly claimed: number;
  /** Octets of the messages of pending mails. */
  readonly bytes: number;
}

/**
 * The durable truth about mails not yet finished, and the only schedule. `MailService` adds, the relay claims and
 * settles, the schedule keeper asks what is due.
 *
 * Every adapter passes the same contract suite.
 *
 * @publicApi
 */
export abstract class Spool {
  abstract readonly durability: Durability;

  /** What people and operators do with spooled mail. */
  abstract readonly control: SpoolControl;

  /**
   * Stores a mail; when it resolves the mail is kept as `durability` says. With `claim` the mail comes back claimed,
   * in the same step, when it is due and its lane and stream are not paused.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT` for a known key with another draft,
   *   `ERR_MAIL_RELAY_SPOOL_FULL` at the bound of a bounded adapter
   */
  abstract add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt>;

  /**
   * Stores many mails in one round trip. One answer per entry, in the same order: a receipt, or why this entry was not
   * stored, with the codes of `add`; one bad entry does not stop the rest. A key twice in one batch is one mail.
   *
   * @throws MailRelayError when the spool could not be asked at all
   */
  abstract addMany(entries: readonly SpoolEntry[]): Promise<readonly (SpoolReceipt | MailRelayError)[]>;

  /**
   * Claims a mail that is due; undefined when it is not due, is claimed by another, is unknown, cannot be read, or its
   * lane or stream is paused.
   */
  abstract claim(id: MailId, request: ClaimRequest): Promise<Claim | undefined>;

  /** Extends the lease; false when the claim was lost. */
  abstract renew(claim: Claim, leaseMs: number): Promise<boolean>;

  /**
   * Stores the handed-over mark: from here on a claim that expires is of uncertain outcome for these recipients.
   *
   * @throws MailRelayError when the claim was lost: the last bytes must not leave
   */
  abstract mark(claim: Claim, transport: string, recipients: readonly string[]): void | Promise<void>;

  /** Writes what an attempt changed and ends the claim; undefined when the claim was lost: then nothing changed. */
  abstract settle(claim: Claim, settlement: Settlement): Promise<SpooledMail | undefined>;

  /**
   * Mails that are due or whose claim expired; each is told again only after a while, when nobody claimed it. No lane
   * and no stream waits behind the backlog of another one, and what is paused is left out without being walked over.
   */
  abstract due(limit: number): Promise<readonly DueMail[]>;

  /** When something that is not paused is due next, milliseconds since the epoch; it may be early, never late. */
  abstract nextDueAt(): Promise<number | undefined>;

  abstract get(id: MailId): Promise<SpooledMail | undefined>;
  abstract counts(): Promise<SpoolCounts>;
  abstract close(): Promise<void>;
}
