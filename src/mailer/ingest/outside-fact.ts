import type { BounceKind, MailActor, OutsideEventType } from '../../events/mail-event.js';

/** Which mail a fact is about: exactly one of the three. @publicApi */
export type FactReference =
  | { readonly mailId: string; readonly messageId?: undefined; readonly providerMessageId?: undefined }
  /** With or without angle brackets. */
  | { readonly messageId: string; readonly mailId?: undefined; readonly providerMessageId?: undefined }
  /** What the next hop called the mail. */
  | { readonly providerMessageId: string; readonly mailId?: undefined; readonly messageId?: undefined };

/**
 * Something that happened to a mail after it had left, as a provider or a report tells it.
 *
 * @publicApi
 */
export type OutsideFact = FactReference & {
  readonly type: OutsideEventType | 'bounced';
  /** Whom it is about; may be left out where the mail has one recipient. */
  readonly recipient?: string | undefined;
  /** When it happened: a Date, or an ISO 8601 string with offset. */
  readonly occurredAt: Date | string;
  /** Only for `bounced`: the teller's own word. Without it `reason` is read. */
  readonly kind?: BounceKind | undefined;
  /** What the server or the provider said. */
  readonly reason?: string | undefined;
  /** Who tells: `ses`, `bounce-mailbox`. */
  readonly source?: string | undefined;
  /** Only for `opened` and `clicked`. @default 'unknown' */
  readonly actor?: MailActor | undefined;
  /** Only for `clicked`. */
  readonly url?: string | undefined;
  /** Only for `complained`: the `Feedback-Type` of the report. */
  readonly feedback?: string | undefined;
};

/** What became of a fact that was told. @publicApi */
export interface FactReceipt {
  /** Whether it belongs to a mail of this relay. One that does not is recorded as `unmatched`, and changes nothing. */
  readonly matched: boolean;
  /** It was known already; nothing was recorded or published. */
  readonly duplicate: boolean;
  /** The mail it belongs to. */
  readonly mailId?: string | undefined;
  /** The event's id. */
  readonly eventId: string;
}
