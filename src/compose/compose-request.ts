import type { AlternativeDraft, AttachmentDraft, CalendarDraft, ListDraft } from '../core/mail/mail-draft.js';
import type { Mailbox } from '../core/address/mailbox.js';

/** The fields of a message that the application decides, before rendering and reading. @internal */
export interface MessageFields {
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly list?: ListDraft | undefined;
  /** With angle brackets. */
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
  readonly importance?: 'high' | 'normal' | 'low' | undefined;
  readonly attachments?: readonly AttachmentDraft[] | undefined;
  readonly alternatives?: readonly AlternativeDraft[] | undefined;
  readonly calendar?: CalendarDraft | undefined;
}

/**
 * Everything a message is made of but the parts that are read: fields, content and identity. Addresses are parsed,
 * content is rendered.
 *
 * @internal
 */
export interface ComposeRequest extends Omit<MessageFields, 'attachments' | 'alternatives'> {
  /** With angle brackets. */
  readonly messageId: string;
  /** The Date header: when the message is released. */
  readonly date: Date;
  readonly from: Mailbox;
  readonly sender?: Mailbox | undefined;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  /** Whom the mail was for, where a policy redirected it. */
  readonly originalRecipients?: readonly string[] | undefined;
  /** Bcc recipients are of the envelope alone and never come here. */
  readonly subject: string;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
}

/** Bounds on what a message may hold. @internal */
export interface ComposeLimits {
  /** Folders below which `path` attachments may lie, resolved; none by default. */
  readonly roots: readonly string[];
  /** Octets of one attachment. @default 10 MiB */
  readonly maxAttachmentBytes: number;
  /** Octets of the composed message. @default 25 MiB */
  readonly maxMessageBytes: number;
}
