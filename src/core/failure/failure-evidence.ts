import type { FailureClass, SmtpStage } from './delivery-failure.js';
import type { ProviderName } from './provider.js';
import type { SmtpReply } from './smtp-reply.js';

/**
 * Who said that a delivery failed. `smtp`: a reply read from the peer's socket in this attempt. `http`: an answer
 * of a provider's API that its documentation calls permanent, translated to a reply; every other HTTP answer is
 * `network`. `network`: refused, reset, DNS, TLS. `timeout`: one of our deadlines. `aborted`: our own signal.
 * `local`: we refused or failed before asking the peer.
 *
 * @publicApi
 */
export type FailureProvenance = 'smtp' | 'http' | 'network' | 'timeout' | 'aborted' | 'local';

/**
 * What the documentation of an upstream says that its answer means, where the answer is not a reply of SMTP: the error
 * code of an API, the exit code of a program.
 *
 * @publicApi
 */
export interface DocumentedAnswer {
  readonly class: FailureClass;
  /** True where our account is fine, but may not send as this From domain. */
  readonly identity?: boolean | undefined;
}

/**
 * What a transport knows about a failure; `classifyFailure()` makes a `DeliveryFailure` of it.
 *
 * @publicApi
 */
export interface FailureEvidence {
  readonly provenance: FailureProvenance;
  /** Where in the conversation it failed: the command whose answer it is. */
  readonly stage: SmtpStage;
  /** The peer's reply, when there was one. */
  readonly reply?: SmtpReply | undefined;
  /**
   * Recipients accepted earlier in this transaction; after DATA all that were accepted, because an answer that
   * speaks of an address does not say which of them it means.
   *
   * @default 0
   */
  readonly acceptedBefore?: number | undefined;
  /** `relay`: a configured relay or API that sends for us; `mx`: the recipient domain's own host. */
  readonly upstream: 'relay' | 'mx';
  /** Whose host or API answered, as `providerOfHost()` tells. */
  readonly provider?: ProviderName | undefined;
  /**
   * The code of the error that a library, the system or the transport raised: `ECONNREFUSED`, `EAUTH`. A transport
   * that checks before it asks says `ESIZE`, `ESMTPUTF8`, `ETLS` or `EAUTHMISSING`; one that looks up MX hosts says
   * `ENXDOMAIN` or `ENULLMX` when the domain itself answered so.
   */
  readonly errorCode?: string | undefined;
  /**
   * True once the last octet of the message may have left: without a full reply nobody knows what became of it.
   *
   * @default true at the stage `eod`
   */
  readonly endOfDataSent?: boolean | undefined;
  /**
   * What a documented answer means. It decides before every text and code; `reply` then holds the answer in SMTP's
   * form, and with a 5yz code the answer is final where its class is.
   */
  readonly documented?: DocumentedAnswer | undefined;
  /** The least time to wait that the peer named beside its text, in milliseconds: `Retry-After` of HTTP. */
  readonly retryAfterMs?: number | undefined;
}
