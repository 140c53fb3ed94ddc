import type { DeliveryFailure, SuppressAdvice } from '../core/failure/delivery-failure.js';
import type { SmtpReply } from '../core/failure/smtp-reply.js';

/** What every event tells. */
interface EventOf<Type extends string> {
  readonly type: Type;
  /** Unique; an event that is told twice has the same id. */
  readonly id: string;
  /** The relay's name; `default` for the unnamed one. */
  readonly relay: string;
  readonly mailId: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  /** The trace of the mail, as W3C trace context writes it; absent when nobody traces. */
  readonly traceparent?: string | undefined;
  /** As rendered; absent when nobody was to be mailed. */
  readonly subject?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The addr-spec of the one recipient this event is about. */
  readonly recipient: string;
  /** Whom the mail was for, where a policy redirected it. */
  readonly originalRecipients?: readonly string[] | undefined;
  readonly at: Date;
}

/** What an event of an attempt tells too. */
interface AttemptEventOf<Type extends string> extends EventOf<Type> {
  /** From 1. */
  readonly attempt: number;
  /** The transport that was asked last; absent when none was. */
  readonly transport?: string | undefined;
}

/** The mail is stored and waits for its moment. @publicApi */
export interface MailQueued extends EventOf<'queued'> {
  readonly dueAt: Date;
  /** Set when the mail was moved to another time, or is tried anew by hand. */
  readonly again?: true | undefined;
}

/** The mail is held back: by a policy, by a limit, or because its workers died. @publicApi */
export interface MailHeld extends EventOf<'held'> {
  /** Absent when it was set aside until somebody decides. */
  readonly until?: Date | undefined;
  readonly reason: string;
}

/** The recipient is not mailed, because a policy said so. @publicApi */
export interface MailSuppressed extends EventOf<'suppressed'> {
  readonly reason: string;
}

/** The next hop took responsibility; that is not yet `delivered`. @publicApi */
export interface MailSent extends AttemptEventOf<'sent'> {
  readonly reply?: SmtpReply | undefined;
  readonly providerMessageId?: string | undefined;
}

/** Not now; the relay tries again. @publicApi */
export interface MailDeferred extends AttemptEventOf<'deferred'> {
  readonly failure: DeliveryFailure;
  readonly nextAttemptAt: Date;
}

/** What kind of refusal a bounce is. @publicApi */
export type BounceKind = 'hard' | 'soft' | 'block' | 'undetermined';

/** Refused for good for this recipient: by the next hop, or later by a server behind it. @publicApi */
export interface MailBounced extends AttemptEventOf<'bounced'> {
  readonly failure: DeliveryFailure;
  readonly kind: BounceKind;
  readonly suppress: SuppressAdvice;
  /** When it happened, where the fact came from outside; `attempt` is 0 then. */
  readonly occurredAt?: Date | undefined;
  /** Who told of it, where it came from outside. */
  readonly source?: string | undefined;
}

/** The relay gave up: the mail expired, or was refused as a message. @publicApi */
export interface MailFailed extends AttemptEventOf<'failed'> {
  readonly failure: DeliveryFailure;
}

/** The answer to the end of the data was lost: the mail may have gone, and may go twice. @publicApi */
export interface MailUncertain extends AttemptEventOf<'uncertain'> {
  readonly failure: DeliveryFailure;
  readonly nextAttemptAt?: Date | undefined;
}

/** The application took the mail back before it was sent. @publicApi */
export type MailCancelled = EventOf<'cancelled'>;

/** What every fact from outside tells: it comes from a provider or a mailbox, by `MailService.ingest()`. */
interface OutsideEventOf<Type extends string> extends EventOf<Type> {
  /** When it happened; `at` is when the relay was told. */
  readonly occurredAt: Date;
  /** Who told of it: `ses`, `bounce-mailbox`. */
  readonly source?: string | undefined;
  /** What the teller said about it, as text for people. */
  readonly reason?: string | undefined;
}

/**
 * Who opens or clicks: a person; a person behind a proxy that hides them; a machine that looks at every mail; or
 * nobody knows.
 *
 * @publicApi
 */
export const MAIL_ACTORS = ['human', 'proxied', 'machine', 'unknown'] as const;

/** One of {@link MAIL_ACTORS}. @publicApi */
export type MailActor = (typeof MAIL_ACTORS)[number];

/** The recipient's server took the mail. @publicApi */
export type MailDelivered = OutsideEventOf<'delivered'>;

/** The recipient called the mail spam. @publicApi */
export interface MailComplained extends OutsideEventOf<'complained'> {
  /**
   * The `Feedback-Type` of the report: `abuse`, `fraud`, `virus`, `other`. With `not-spam` and `auth-failure` it is no
   * complaint of the recipient and suppresses nobody; `opt-out` and `opt-out-list` are an unsubscribe.
   */
  readonly feedback?: string | undefined;
}

/** The mail was looked at, by whomever. @publicApi */
export interface MailOpened extends OutsideEventOf<'opened'> {
  readonly actor: MailActor;
}

/** A link of the mail was followed, by whomever. @publicApi */
export interface MailClicked extends OutsideEventOf<'clicked'> {
  readonly actor: MailActor;
  /** Where the link led. */
  readonly url?: string | undefined;
}

/** The recipient wants no more mail of this stream. @publicApi */
export type MailUnsubscribed = OutsideEventOf<'unsubscribed'>;

/** A machine of the recipient answered: on vacation, moved, asks who we are. Never a bounce. @publicApi */
export type MailAutoreplied = OutsideEventOf<'autoreplied'>;

/**
 * Every event by its type.
 *
 * @publicApi
 */
export interface MailEventMap {
  readonly queued: MailQueued;
  readonly held: MailHeld;
  readonly suppressed: MailSuppressed;
  readonly sent: MailSent;
  readonly deferred: MailDeferred;
  readonly bounced: MailBounced;
  readonly failed: MailFailed;
  readonly uncertain: MailUncertain;
  readonly cancelled: MailCancelled;
  readonly delivered: MailDelivered;
  readonly complained: MailComplained;
  readonly opened: MailOpened;
  readonly clicked: MailClicked;
  readonly unsubscribed: MailUnsubscribed;
  readonly autoreplied: MailAutoreplied;
}

/** One of {@link MAIL_EVENT_TYPES}. @publicApi */
export type MailEventType = keyof MailEventMap;

/**
 * A fact about a mail and one recipient, published once.
 *
 * @publicApi
 */
export type MailEvent = MailEventMap[MailEventType];

/** What only others can tell: a provider, or a mailbox that takes reports. @publicApi */
export const OUTSIDE_EVENT_TYPES = [
  'delivered',
  'complained',
  'opened',
  'clicked',
  'unsubscribed',
  'autoreplied',
] as const satisfies readonly MailEventType[];

/** One of {@link OUTSIDE_EVENT_TYPES}. @publicApi */
export type OutsideEventType = (typeof OUTSIDE_EVENT_TYPES)[number];

/** Every type of event, in the order of a mail's life. @publicApi */
export const MAIL_EVENT_TYPES = [
  'queued',
  'held',
  'suppressed',
  'sent',
  'deferred',
  'bounced',
  'failed',
  'uncertain',
  'cancelled',
  ...OUTSIDE_EVENT_TYPES,
] as const satisfies readonly MailEventType[];
