import type { RecipientState } from '../core/mail/delivery-report.js';
import type { MailId } from '../core/mail/mail-id.js';
import type { MailEvent, MailEventType } from '../events/mail-event.js';
import type { RecipientFact } from './recipient-state.js';

/** One recipient of a mail, as the journal knows it. @publicApi */
export interface JournalRecipient {
  /** Its addr-spec; empty when its personal data were erased or have expired. */
  readonly address: string;
  /** Undefined when only somebody else told of it: an event from outside that matches no mail of this relay. */
  readonly state?: RecipientState | undefined;
  /** Since when it is in this state. */
  readonly stateAt: Date;
  /** What the outside world told of it. */
  readonly facts: readonly RecipientFact[];
  /** The transport that was asked last. */
  readonly transport?: string | undefined;
}

/** What a journal knows of a mail, apart from its recipients. @publicApi */
export interface JournalMail {
  readonly mailId: MailId;
  readonly messageId: string;
  /** Absent when its personal data were erased or have expired, or when the mail has none. */
  readonly subject?: string | undefined;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly tags: readonly string[];
  /** Empty when its personal data were erased or have expired. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the journal heard of it first. */
  readonly createdAt: Date;
}

/** A mail with all that happened to it. @publicApi */
export interface MailTimeline extends JournalMail {
  readonly recipients: readonly JournalRecipient[];
  /** In the order in which they were recorded. Without recipients and replies where personal data were erased. */
  readonly events: readonly MailEvent[];
}

/** Which mails are looked for; what is not given does not narrow. @publicApi */
export interface JournalSearch {
  /** An address, whole; upper and lower case are the same. */
  readonly recipient?: string | undefined;
  /** A part of the subject; upper and lower case of ASCII letters are the same. */
  readonly subject?: string | undefined;
  /** One of the mail's tags. */
  readonly tag?: string | undefined;
  readonly template?: string | undefined;
  readonly stream?: string | undefined;
  readonly tenant?: string | undefined;
  readonly state?: RecipientState | undefined;
  /** Mails the journal heard of at this moment or later. */
  readonly since?: Date | undefined;
  /** Mails the journal heard of before this moment. */
  readonly until?: Date | undefined;
  /** From the page before; opaque. */
  readonly cursor?: string | undefined;
  /** 1 to 1000. @default 50 */
  readonly limit?: number | undefined;
}

/** One recipient of one mail that was found. @publicApi */
export interface JournalEntry extends JournalMail {
  readonly recipient: JournalRecipient;
}

/** Some of what was found. @publicApi */
export interface JournalPage {
  /** Newest mail first. */
  readonly entries: readonly JournalEntry[];
  /**
   * For the next page; absent on the last one. A page looks at a bounded number of mails, so that a rare subject in a
   * large journal may give a short page, even an empty one, with a cursor: go on while there is one.
   */
  readonly cursor?: string | undefined;
}

/** By what counts can be told apart. @publicApi */
export const COUNTER_DIMENSIONS = ['hour', 'type', 'stream', 'transport', 'domain'] as const;

/** One of {@link COUNTER_DIMENSIONS}. @publicApi */
export type CounterDimension = (typeof COUNTER_DIMENSIONS)[number];

/** What is counted; what is not given does not narrow. @publicApi */
export interface CounterQuery {
  /** The hour of this moment and later ones (UTC). */
  readonly since?: Date | undefined;
  /** Hours that begin before this moment. */
  readonly until?: Date | undefined;
  readonly type?: MailEventType | readonly MailEventType[] | undefined;
  readonly stream?: string | undefined;
  /** The transport that was asked last; `''` for events without one. */
  readonly transport?: string | undefined;
  /** The recipient's domain. */
  readonly domain?: string | undefined;
  /** What is told apart; the rest is summed up. @default ['type'] */
  readonly by?: readonly CounterDimension[] | undefined;
}

/** How many events of a kind there were; only what was asked to be told apart is set. @publicApi */
export interface EventCount {
  /** When the hour begins. */
  readonly hour?: Date | undefined;
  readonly type?: MailEventType | undefined;
  readonly stream?: string | undefined;
  /** Empty for events without one. */
  readonly transport?: string | undefined;
  readonly domain?: string | undefined;
  readonly count: number;
}

/** Which mail is meant by somebody who does not know its id. @publicApi */
export type MailReference = (
  | { readonly mailId: MailId }
  /** With angle brackets. */
  | { readonly messageId: string }
  /** What the next hop called it, as a `sent` event told. */
  | { readonly providerMessageId: string }
) & {
  /** Only when the mail is for this address; upper and lower case are the same. */
  readonly recipient?: string | undefined;
};

/** A mail that was found, with its recipients: all of them, or the one that was asked for. @publicApi */
export interface FoundMail extends JournalMail {
  readonly relay: string;
  readonly recipients: readonly JournalRecipient[];
}

/** What was erased. @publicApi */
export interface ErasedData {
  /** Recipients of mails that had this address. */
  readonly recipients: number;
}

/**
 * The history of a relay's mails: what happened to each, looked up by whatever is known of it, and how many events there
 * were. It holds what every process of the relay recorded, and lasts as long as the storage and its retention.
 *
 * Reachable from outside only through a controller of the application: put a guard before it, because its answers name
 * recipients.
 *
 * @example
 * ```ts
 * const { entries } = await journal.search({ recipient: 'ada@example.test' });
 * ```
 * @publicApi
 */
export abstract class MailJournal {
  /** A mail with its recipients and events; undefined for one the journal does not know, or no longer. */
  abstract timeline(mailId: MailId): Promise<MailTimeline | undefined>;

  /**
   * Recipients of mails, newest mail first, page by page.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_JOURNAL` for a query that is none
   */
  abstract search(query?: JournalSearch): Promise<JournalPage>;

  /**
   * How many events there were, from sums by the hour: it takes as long for a million events as for ten.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_JOURNAL` for a query that is none
   */
  abstract counters(query?: CounterQuery): Promise<readonly EventCount[]>;

  /**
   * The newest mail that fits; undefined when none does.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_JOURNAL` for a reference that is none
   */
  abstract find(reference: MailReference): Promise<FoundMail | undefined>;

  /**
   * Removes the personal data of a recipient: its address, the words of servers about it, and, where no other recipient
   * of a mail is left, the mail's subject and metadata. That there was a mail, its states and the counters stay;
   * suppressions are not touched. Mails that are not yet sent keep their address in the spool, which has to deliver
   * them; what is recorded of them later has none.
   */
  abstract erase(address: string): Promise<ErasedData>;
}
