import type { FailureClass, SmtpStage } from './delivery-failure.js';

const AT_STAGE: Readonly<Record<SmtpStage, string>> = {
  dns: 'While looking up the host',
  conn: 'While connecting',
  greeting: 'At the greeting',
  ehlo: 'At EHLO',
  tls: 'While starting TLS',
  auth: 'At authentication',
  mail: 'At MAIL FROM',
  rcpt: 'At RCPT TO',
  data: 'At DATA',
  body: 'While sending the message',
  eod: 'After the end of the message',
  quit: 'At QUIT',
};

const WHAT_HAPPENED: Readonly<Record<FailureClass, string>> = {
  'hard.recipient': 'the address does not exist or is closed',
  'hard.domain': 'the domain does not exist or takes no mail',
  mailbox_full: 'the mailbox is full',
  recipient_policy: 'the recipient takes mail from some senders only',
  'rate.recipient': 'the recipient receives too much mail at the moment',
  'rate.destination': 'the server asks us to send more slowly',
  'rate.account': 'the quota of our account is used up',
  our_account: 'the server does not accept our account or sender',
  'block.reputation': 'the server blocks us for our reputation',
  'policy.auth': 'SPF, DKIM or DMARC of the From domain did not pass',
  sender: 'the server refused the sender address',
  message: 'the message was refused for its size, form or content',
  greylist: 'the server asks new senders to come back later',
  tls: 'no secure connection as required was possible',
  network: 'the connection or the server failed',
  protocol: 'the server answered what the protocol does not foresee',
  split: 'the server takes the remaining recipients in another transaction',
  uncertain: 'no clear answer came, so the message may have been taken or not',
  'unknown.soft': 'the server refused for now without a reason we know',
  'unknown.hard': 'the server refused for good without a reason we know',
  expired: 'the time for delivery ran out',
};

/** What a code usually means, where that is more than its name says. */
const HINTS: Readonly<Record<string, string | undefined>> = {
  ETLS: 'the server offers no STARTTLS',
  EAUTHMISSING: 'the server offers no AUTH that we know',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the port may be one for smtp:// instead of smtps://',
  EPROTO: 'the port may be one for smtp:// instead of smtps://',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; trust it with tls.ca',
  ESMTPUTF8: 'an address needs SMTPUTF8, which the server does not offer',
  ESIZE: 'the message is larger than the server takes',
  ETAGS: 'the provider takes fewer, shorter or simpler tags',
  EMETADATA: 'the provider takes fewer, shorter or simpler metadata',
  EHEADER: 'the message has a header that the provider does not take',
  EPART: 'the message has a part that the API of the provider cannot carry',
  ERECIPIENTS: 'the API of the provider takes fewer recipients of one mail',
  ENULLSENDER: 'the provider takes no mail without a sender',
};

/**
 * One sentence for people, made of stage, class and code alone: it never holds what a server or a user wrote.
 *
 * @param code the name of a system or TLS error
 * @internal
 */
export function summarizeFailure(failureClass: FailureClass, stage: SmtpStage, code?: string): string {
  const what = `${AT_STAGE[stage]}: ${WHAT_HAPPENED[failureClass]}`;
  if (code === undefined) return `${what}.`;
  const hint = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  return `${what} (${hint === undefined ? code : `${code}: ${hint}`}).`;
}
