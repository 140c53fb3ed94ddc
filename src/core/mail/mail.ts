import type { Envelope } from './envelope.js';
import type { MailId } from './mail-id.js';

/**
 * Everything about a mail but its message: what the spool, the policies, the relay and the events know it by.
 * All times are milliseconds since the epoch.
 *
 * @publicApi
 */
export interface Mail {
  readonly id: MailId;
  /** The relay's name; `default` for the unnamed one. */
  readonly relay: string;
  /** With angle brackets, as it stands in the header. */
  readonly messageId: string;
  readonly stream: string;
  readonly lane: string;
  /** Whose mail it is; empty by default. */
  readonly tenant: string;
  readonly envelope: Envelope;
  /** Whom the mail was for, where a policy redirected it. */
  readonly originalRecipients?: readonly string[] | undefined;
  /** The domain of the From header, in lower-case A-labels: what DKIM signs for. */
  readonly fromDomain: string;
  readonly template?: string | undefined;
  readonly locale?: string | undefined;
  /** The trace it belongs to, as W3C trace context writes it; absent when nobody traces. */
  readonly traceparent?: string | undefined;
  /** As rendered, for looking the mail up; absent when nobody is to be mailed. */
  readonly subject?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** When it may go first. */
  readonly dueAt: number;
  /** Set when `dueAt` was changed after the message was composed: the Date field then follows it. */
  readonly rescheduled?: true | undefined;
  /** When the relay gives up. */
  readonly expiresAt: number;
  /** The header holds UTF-8, in the local part of an address: the next hop must offer SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** Octets of the message. */
  readonly sizeBytes: number;
}
