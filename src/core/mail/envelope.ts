/**
 * The SMTP sender and recipients of a mail; they may differ from its headers.
 *
 * @see RFC 5321 §2.3.1
 * @publicApi
 */
export interface Envelope {
  /** The reverse path, as an addr-spec. The empty string is the null sender. */
  readonly from: string;
  /** One addr-spec per recipient; the local part exactly as given, the domain in lower-case A-labels. */
  readonly to: readonly string[];
}
