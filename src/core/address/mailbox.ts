/**
 * A parsed address: what one recipient or author is.
 *
 * @see RFC 5322 §3.4
 * @publicApi
 */
export interface Mailbox {
  /** The display name, decoded; absent when there was none. */
  readonly name?: string | undefined;
  /** The addr-spec: local part exactly as given, domain in lower-case A-labels. */
  readonly address: string;
}
