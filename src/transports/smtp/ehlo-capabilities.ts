/** What a server said it can do. @internal */
export interface EhloCapabilities {
  readonly pipelining: boolean;
  readonly startTls: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  /** Whether MAIL may tell the size of the message. */
  readonly size: boolean;
  /** The largest message in octets; 0 when the server names no limit. */
  readonly maxSizeBytes: number;
  /** SASL mechanisms in upper case. */
  readonly authMechanisms: ReadonlySet<string>;
}

/**
 * Reads the reply to EHLO, or to HELO, which offers nothing.
 *
 * @param reply all lines, separated by LF or CRLF
 * @see RFC 5321 §4.1.1.1
 * @internal
 */
export function parseEhlo(reply: string): EhloCapabilities {
  // The first line is the server's name and greeting, whatever words stand in it.
  const lines = reply.split(/\r?\n/).slice(1);
  const words = new Map<string, string[]>();
  for (const line of lines) {
    // Some old servers write AUTH=LOGIN.
    const [keyword = '', ...parameters] = line
      .slice(4)
      .trim()
      .toUpperCase()
      .split(/[ \t=]+/);
    words.set(keyword, [...(words.get(keyword) ?? []), ...parameters]);
  }
  const size = words.get('SIZE')?.[0] ?? '';
  return {
    pipelining: words.has('PIPELINING'),
    startTls: words.has('STARTTLS'),
    eightBitMime: words.has('8BITMIME'),
    smtpUtf8: words.has('SMTPUTF8'),
    size: words.has('SIZE'),
    maxSizeBytes: /^\d{1,15}$/.test(size) ? Number(size) : 0,
    authMechanisms: new Set(words.get('AUTH')),
  };
}

/** Those of HELO, and of a server that nobody has greeted yet. @internal */
export const NO_CAPABILITIES = parseEhlo('');
