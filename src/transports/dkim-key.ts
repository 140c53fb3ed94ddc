/**
 * A key that signs for a domain.
 *
 * @see RFC 6376
 * @publicApi
 */
export interface DkimKey {
  /** The signing domain (`d=`), for example `acme.test`. */
  readonly domainName: string;
  /** The selector (`s=`): the public key stands in the DNS at `<selector>._domainkey.<domain>`. */
  readonly keySelector: string;
  /** A private RSA key in PEM, of 2048 bits or more. Never logged. */
  readonly privateKey: string;
}
