/** What Node and OpenSSL call a handshake or a certificate that failed, and what transports say of one. */
const TLS_ERROR =
  /^(?:ETLS|EREQUIRETLS|EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/** Tells whether the code of an error speaks of TLS. @internal */
export function isTlsError(errorCode: string): boolean {
  return TLS_ERROR.test(errorCode);
}
