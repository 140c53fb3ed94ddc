import type { Readable } from 'node:stream';

/**
 * An address as the application writes it: `'ada@acme.test'`, `'Ada Lovelace <ada@acme.test>'` or an object. The
 * object form never parses anything out of the name.
 *
 * @publicApi
 */
export type AddressInput = string | { readonly name?: string | undefined; readonly address: string };

/**
 * One or more addresses. A string holds exactly one; lists are arrays. `parseAddressList()` makes an array out of
 * a comma list.
 *
 * @publicApi
 */
export type AddressesInput = AddressInput | readonly AddressInput[];

/**
 * What an attachment is read from. Read once, after admission and before the mail is stored; a worker never opens
 * a path or a URL.
 *
 * @publicApi
 */
export type AttachmentContent = string | Uint8Array | Readable | ReadableStream<Uint8Array> | Blob;

/** An attachment, or with `cid` an inline part, as the application gives it. @publicApi */
export interface AttachmentDraft {
  /** Shown to the recipient; control characters and path separators are refused. */
  readonly filename?: string | undefined;
  /** The content, or a function that opens it, called only after admission. Either this or `path`. */
  readonly content?: AttachmentContent | (() => AttachmentContent | Promise<AttachmentContent>) | undefined;
  /** A file below one of `attachments.roots`; refused when no root is configured. URLs never. */
  readonly path?: string | undefined;
  /** @default guessed from the file name, else `application/octet-stream` */
  readonly contentType?: string | undefined;
  /** Makes it an inline part that html refers to as `cid:<value>`. */
  readonly cid?: string | undefined;
  /** @default `inline` with a cid, else `attachment` */
  readonly disposition?: 'attachment' | 'inline' | undefined;
}

/** A further rendering of the same content, for example `text/x-amp-html`. @publicApi */
export interface AlternativeDraft {
  readonly contentType: string;
  readonly content: AttachmentDraft['content'];
}

/**
 * A calendar part (RFC 5546), shown by clients as an invitation.
 *
 * @publicApi
 */
export interface CalendarDraft {
  /** The iCalendar text. */
  readonly content: string;
  /** @default 'PUBLISH' */
  readonly method?:
    'PUBLISH' | 'REQUEST' | 'REPLY' | 'ADD' | 'CANCEL' | 'REFRESH' | 'COUNTER' | 'DECLINECOUNTER';
  /** @default 'invite.ics' */
  readonly filename?: string | undefined;
}

/**
 * List headers. `unsubscribe` writes `List-Unsubscribe`, and with `oneClick` `List-Unsubscribe-Post` too.
 *
 * @see RFC 2369, RFC 2919, RFC 8058
 * @publicApi
 */
export interface ListDraft {
  /** The List-Id, for example `news.acme.test`. */
  readonly id?: string | undefined;
  readonly unsubscribe?:
    | {
        /** An https URL. */
        readonly url?: string | undefined;
        /** The URL takes a POST and unsubscribes without a question. @default false */
        readonly oneClick?: boolean | undefined;
        /** An addr-spec, or a `mailto:` URL without line breaks. */
        readonly mailto?: string | undefined;
      }
    | undefined;
}

/**
 * A moment in the time of a place: `{ local: '2027-03-28T09:00', timeZone: 'Europe/Berlin' }`. A local time that
 * does not exist (clocks go forward) means the first moment after the gap; one that exists twice (clocks go back)
 * means the first of the two.
 *
 * @publicApi
 */
export interface LocalTime {
  /** `YYYY-MM-DDTHH:mm` or `YYYY-MM-DDTHH:mm:ss`, without offset. */
  readonly local: string;
  /** An IANA time zone. */
  readonly timeZone: string;
}

/**
 * The templates of an application with the type of each one's context. Empty until `nestjs-mail-relay types` has
 * written it: then a draft's `template` and `context` are checked by TypeScript.
 *
 * @publicApi
 */
// An interface, because declarations of the application are merged into it.
// oxlint-disable-next-line typescript/no-empty-object-type
export interface MailTemplates {}

/**
 * Which template a draft is rendered from, where no types were written: any.
 *
 * @publicApi
 */
export interface UntypedTemplate {
  /** A template's name. */
  readonly template?: string | undefined;
  /** The template's variables: plain data. */
  readonly context?: object | undefined;
}

/**
 * Which template a draft is rendered from: one of {@link MailTemplates} with its context, or none.
 *
 * @publicApi
 */
export type TypedTemplate =
  | { readonly template?: undefined; readonly context?: object | undefined }
  // Nothing until an application declares its templates.
  // oxlint-disable-next-line typescript/no-redundant-type-constituents
  | {
      [Name in keyof MailTemplates]: { readonly template: Name; readonly context: MailTemplates[Name] };
    }[keyof MailTemplates];

/**
 * A mail as the application writes it: loose and partial. Either `template` or at least one of `html` and `text`.
 *
 * @publicApi
 */
export type MailDraft = MailDraftFields &
  ([keyof MailTemplates] extends [never] ? UntypedTemplate : TypedTemplate);

/**
 * Everything of a draft but its template.
 *
 * @publicApi
 */
export interface MailDraftFields {
  readonly to?: AddressesInput | undefined;
  readonly cc?: AddressesInput | undefined;
  readonly bcc?: AddressesInput | undefined;
  /** @default the stream's `from`, else the module's */
  readonly from?: AddressInput | undefined;
  /** The Sender header, where the one who sends is not the author. */
  readonly sender?: AddressInput | undefined;
  readonly replyTo?: AddressesInput | undefined;
  /** @default the template's subject */
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  /** @default derived from the html */
  readonly text?: string | undefined;
  /** A BCP 47 tag: `de-AT`. */
  readonly locale?: string | undefined;
  readonly attachments?: readonly AttachmentDraft[] | undefined;
  readonly alternatives?: readonly AlternativeDraft[] | undefined;
  readonly calendar?: CalendarDraft | undefined;
  /** Further headers; the ones the relay writes itself are refused. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly list?: ListDraft | undefined;
  /** A Message-ID with angle brackets. */
  readonly inReplyTo?: string | undefined;
  /** Message-IDs with angle brackets. */
  readonly references?: string | readonly string[] | undefined;
  readonly importance?: 'high' | 'normal' | 'low' | undefined;
  /** At most 20, each of 1 to 64 characters of `A-Za-z0-9_.:-`. */
  readonly tags?: readonly string[] | undefined;
  /** At most 50 string values, 4 KiB in all; comes back with every event. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** @default 'transactional' */
  readonly stream?: string | undefined;
  /** @default '' */
  readonly tenant?: string | undefined;
  /** Two drafts with the same key are one mail. 1 to 255 printable ASCII characters. */
  readonly idempotencyKey?: string | undefined;
  /** When it may go: a Date, an ISO 8601 string with offset, or a local time. */
  readonly sendAt?: Date | string | LocalTime | undefined;
  /** How long the relay tries, from `sendAt` on: milliseconds or `'10m'`, `'2h'`, `'5d'`. @default '5d' */
  readonly expiresIn?: number | string | undefined;
}
