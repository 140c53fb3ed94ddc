/** A mail server of another make, on loopback, with a folder of its own. */
export interface RealMailServer {
  readonly name: string;
  readonly port: number;
  /** In PEM, to be trusted as `tls.ca`. */
  readonly ca: string;
  /** What arrived for this address, oldest first, with CRLF line ends, behind the trace fields of the server. */
  received(address: string): Promise<readonly Buffer[]>;
  /** What the server logged. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** What every server is set up with. */
export const MAIL_SERVER = {
  /** Asked for over TLS only. */
  auth: { user: 'shop', pass: 'open sesame' },
  /** Nobody is here, for good: 550. */
  gone: 'gone@b.test',
  /** Nobody is here, for now: 450. */
  busy: 'busy@b.test',
  /** Refused at MAIL. */
  bannedSender: 'banned@a.test',
  maxMessageBytes: 200_000,
} as const;
