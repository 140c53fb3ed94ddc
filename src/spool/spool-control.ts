import type { Mail } from '../core/mail/mail.js';
import type { MailId } from '../core/mail/mail-id.js';
import type { SpooledMail, SpooledRecipient } from './spooled-mail.js';

/** Which mail is meant: by its id, or by the idempotency key its draft had. @publicApi */
export type MailSelector =
  | { readonly mailId: MailId }
  | { readonly idempotencyKey: string; /** @default '' */ readonly tenant?: string | undefined };

/**
 * What became of a wish to change a mail before it is sent. `too-late`: a worker holds it, or nothing of it is
 * pending any more; then nothing changed.
 *
 * @publicApi
 */
export type Change =
  { readonly kind: 'done' | 'too-late'; readonly spooled: SpooledMail } | { readonly kind: 'unknown' };

/** What can be paused: a lane with all its streams, or one stream. @publicApi */
export type PauseTarget = { readonly lane: string } | { readonly stream: string };

/**
 * Why a finished mail is kept with its message. `failed`: the relay gave up on a recipient. `uncertain`: nobody knows,
 * and the stream says `hold`. `set-aside`: it cannot be read, or its workers died; kept until somebody decides.
 *
 * @publicApi
 */
export const KEPT_REASONS = ['failed', 'uncertain', 'set-aside'] as const;

/** One of {@link KEPT_REASONS}. @publicApi */
export type KeptReason = (typeof KEPT_REASONS)[number];

/** A mail that waits for somebody's decision. @publicApi */
export interface KeptMail extends SpooledMail {
  readonly keptReason: KeptReason;
  /** When it came here, milliseconds since the epoch. */
  readonly keptAt: number;
  /** When it is forgotten; absent for `set-aside`. */
  readonly keptUntil?: number | undefined;
}

/** Which of the kept mails. @publicApi */
export interface KeptQuery {
  readonly reason?: KeptReason | undefined;
  readonly stream?: string | undefined;
  readonly tenant?: string | undefined;
  /** From the page before; opaque. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Some of the kept mails. @publicApi */
export interface KeptPage {
  /** Newest first. */
  readonly mails: readonly KeptMail[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}

/** How many mails of one stream and lane are pending. @publicApi */
export interface StreamCounts {
  readonly lane: string;
  readonly stream: string;
  /** Mails with at least one pending recipient; those that are claimed are among them. */
  readonly pending: number;
  readonly claimed: number;
  /** When the oldest pending mail became or becomes due, milliseconds since the epoch. */
  readonly oldestDueAt?: number | undefined;
  /**
   * When the pending mail was first to be sent that was to be sent first, milliseconds since the epoch, give or take a
   * minute: its tries since then do not move it. Later than now when all of them are for later.
   */
  readonly waitingSince?: number | undefined;
}

/** How long the spool remembers what is finished, milliseconds. @publicApi */
export interface SpoolRetention {
  /** Outcomes and idempotency keys of finished mails. @default 7 days */
  readonly finishedMs: number;
  /** Mails the relay gave up on, with their message. @default 30 days */
  readonly keptMs: number;
}

/**
 * What people and operators do with mails in the spool, apart from the path of delivery. `MailOperations` and
 * `MailService.cancel()` ask it; every worker asks `purge()` now and then.
 *
 * @publicApi
 */
export abstract class SpoolControl {
  /**
   * Ends every pending recipient of a mail no worker holds, as `cancelledRecipients` says; its message goes unless it is
   * kept. A worker holds a mail while its claim lives, and when it expired with the handed-over mark until the outcome
   * is settled.
   */
  abstract cancel(which: MailSelector): Promise<Change>;

  /**
   * Moves a mail no worker holds and nobody tried yet (`mayReschedule`) to another time; `expiresAt` keeps its
   * distance to `dueAt`.
   *
   * @param dueAt milliseconds since the epoch
   */
  abstract reschedule(which: MailSelector, dueAt: number): Promise<Change>;

  /**
   * What is paused is neither told as due nor given out, in every process; what is claimed goes on. Pausing twice is
   * pausing once.
   */
  abstract pause(target: PauseTarget): Promise<void>;

  /** Mails that became due meanwhile, or were refused to a worker because of the pause, are told at once. */
  abstract resume(target: PauseTarget): Promise<void>;
  abstract paused(): Promise<readonly PauseTarget[]>;

  abstract streams(): Promise<readonly StreamCounts[]>;

  abstract kept(query: KeptQuery): Promise<KeptPage>;

  /** How many are kept, by reason. */
  abstract keptCounts(): Promise<Readonly<Record<KeptReason, number>>>;

  /**
   * Makes the `failed`, `uncertain` and set-aside recipients of a kept mail `queued` again, due now, with no attempts
   * used and `lifetimeMs` from now until it expires. Recipients that were sent stay sent.
   *
   * @returns undefined when no such mail is kept, or it cannot be read
   */
  abstract replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined>;

  /** Removes the message of a kept mail, and the mail from what is kept; its outcomes stay. False when it is not kept. */
  abstract discard(id: MailId): Promise<boolean>;

  /** Forgets what is older than the retention, at most `limit` mails with their keys. @returns how many */
  abstract purge(limit: number): Promise<number>;
}

/** Why a mail with these recipients is kept; undefined when it is pending or simply finished. Pure, for adapters. @publicApi */
export function keptReasonOf({ recipients }: Pick<SpooledMail, 'recipients'>): KeptReason | undefined {
  if (recipients.some(({ dueAt }) => dueAt !== undefined)) return undefined;
  if (recipients.some(({ state }) => state === 'held')) return 'set-aside';
  if (recipients.some(({ state }) => state === 'uncertain')) return 'uncertain';
  return recipients.some(({ state }) => state === 'failed') ? 'failed' : undefined;
}

/** Recipients after `cancel`: what nobody knows the outcome of does not become known by it. Pure, for adapters. @publicApi */
export function cancelledRecipients(recipients: readonly SpooledRecipient[]): readonly SpooledRecipient[] {
  return recipients.map((recipient) => {
    const { dueAt, ...rest } = recipient;
    if (dueAt === undefined) return recipient;
    return rest.state === 'uncertain' ? rest : { ...rest, state: 'cancelled' };
  });
}

/** True when something of the mail is pending and nobody tried it yet. Pure, for adapters. @publicApi */
export function mayReschedule({ recipients, attempts }: SpooledMail): boolean {
  const pending = recipients.filter(({ dueAt }) => dueAt !== undefined);
  return attempts === 0 && pending.length > 0 && pending.every(({ state }) => UNTRIED.has(state));
}

const UNTRIED: ReadonlySet<string> = new Set(['queued', 'held']);

/** Recipients after `reschedule`; policies are asked again when the time has come. Pure, for adapters. @publicApi */
export function rescheduledRecipients(
  recipients: readonly SpooledRecipient[],
  dueAt: number,
): readonly SpooledRecipient[] {
  return recipients.map((recipient) =>
    recipient.dueAt === undefined ? recipient : { address: recipient.address, state: 'queued', dueAt },
  );
}

/** A mail as it is after `reschedule`. Pure, for adapters. @publicApi */
export function rescheduled(mail: Mail, dueAt: number): Mail {
  return { ...mail, dueAt, rescheduled: true, expiresAt: mail.expiresAt - mail.dueAt + dueAt };
}

/** A kept mail as it is after `replay`. Pure, for adapters. @publicApi */
export function replayed({ mail, recipients }: SpooledMail, now: number, lifetimeMs: number): SpooledMail {
  return {
    mail: { ...mail, dueAt: now, expiresAt: now + lifetimeMs },
    recipients: recipients.map(({ address, ...rest }) =>
      REPLAYED.has(rest.state) ? { address, state: 'queued', dueAt: now } : { address, ...rest },
    ),
    attempts: 0,
  };
}

const REPLAYED: ReadonlySet<string> = new Set(['failed', 'uncertain', 'held']);
