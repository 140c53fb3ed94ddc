/** What MAIL says beside the sender. @internal */
export interface MailParameters {
  /** Octets of the message; undefined where the server knows no SIZE (RFC 1870). */
  readonly size: number | undefined;
  /** Announces that the message may hold octets above 127 (RFC 6152). */
  readonly body8: boolean;
  /** The header or an address is UTF-8 (RFC 6531). */
  readonly utf8: boolean;
}

/** @internal */
export function mailCommand(from: string, { size, body8, utf8 }: MailParameters): string {
  const parameters = `${size === undefined ? '' : ` SIZE=${size}`}${body8 ? ' BODY=8BITMIME' : ''}${utf8 ? ' SMTPUTF8' : ''}`;
  return `MAIL FROM:<${from}>${parameters}\r\n`;
}

/** @internal */
export function rcptCommand(to: string): string {
  return `RCPT TO:<${to}>\r\n`;
}

/**
 * True for what would end its path, or its command, and begin another one. Addresses were checked when they came in;
 * here nothing relies on that.
 *
 * @internal
 */
export function unsafeAddress(address: string): boolean {
  return /[<>\p{Cc}\p{Cs}\u2028\u2029]/u.test(address);
}
