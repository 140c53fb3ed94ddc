import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Envelope } from '../core/mail/envelope.js';
import type { DkimKey } from './dkim-key.js';

/**
 * One try: what a transport is asked to hand to its upstream. Never mutated, neither by the transport nor by the
 * relay.
 *
 * @publicApi
 */
export interface TransportRequest {
  readonly mailId: string;
  readonly messageId: string;
  /** Only the recipients of this try. */
  readonly envelope: Envelope;
  /** The header holds UTF-8: only an upstream with SMTPUTF8 may get it (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** Octets of the message, before signing. */
  readonly sizeBytes: number;
  /** Reads the RFC 5322 message: CRLF line ends, no line over 998 octets. Call it when the bytes are needed. */
  readonly message: () => Buffer | Promise<Buffer>;
  /** Sign with this key, where the upstream does not sign by itself. */
  readonly dkim?: DkimKey | undefined;
  readonly stream: string;
  /** Whose mail it is; absent or empty when it is nobody's in particular. */
  readonly tenant?: string | undefined;
  /** The template's name in the draft. */
  readonly template?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborted at the deadline of the attempt and at the end of a shutdown. */
  readonly signal: AbortSignal;
  /**
   * Stores the handed-over mark. To be called once, and its promise awaited, directly before the upstream can take
   * responsibility (SMTP: before the final dot). When it rejects, the try must end without the last bytes.
   */
  readonly handOver: () => void | Promise<void>;
}

/**
 * What became of each recipient of a try: exactly one outcome per recipient of the request's envelope.
 *
 * @publicApi
 */
export interface TransportResult {
  readonly outcomes: readonly DeliveryOutcome[];
}

/** What `verify()` found: the upstream would take mail, or why not. @publicApi */
export type TransportVerification =
  { readonly ok: true } | { readonly ok: false; readonly failure: DeliveryFailure };

/**
 * Speaks to one upstream: an SMTP relay, a provider's API, a file. The relay calls it, one `send` per try, many at
 * a time.
 *
 * A transport never rejects for a delivery failure: it returns an outcome per recipient, with a
 * {@link DeliveryFailure} made by `classifyFailure()`. The contract suite in `nestjs-mail-relay/testing` proves an
 * own transport.
 *
 * @publicApi
 */
export abstract class MailTransport {
  /** What it is, for logs and failure tables: `smtp`, `capture` … */
  abstract readonly kind: string;

  /** Hands one message to the upstream. Rejects only for a bug. */
  abstract send(request: TransportRequest): Promise<TransportResult>;

  /** Asks the upstream whether it would take mail, without sending any. Never rejects for a failure. */
  abstract verify(signal: AbortSignal): Promise<TransportVerification>;

  /** Ends every connection; called once more it does nothing. Sends in progress end with an outcome. */
  abstract close(): Promise<void>;
}
