import type { SmtpReply } from './smtp-reply.js';

/**
 * Where in the conversation a result arose. `body` is the time between the go-ahead to DATA and the final dot;
 * `eod` is the reply to that dot.
 *
 * @publicApi
 */
export const SMTP_STAGES = [
  'dns',
  'conn',
  'greeting',
  'ehlo',
  'tls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'eod',
  'quit',
] as const;

/** One of {@link SMTP_STAGES}. @publicApi */
export type SmtpStage = (typeof SMTP_STAGES)[number];

/**
 * What kind of failure it is, in the words of `docs/failures.md`.
 *
 * @publicApi
 */
export const FAILURE_CLASSES = [
  'hard.recipient',
  'hard.domain',
  'mailbox_full',
  'recipient_policy',
  'rate.recipient',
  'rate.destination',
  'rate.account',
  'our_account',
  'block.reputation',
  'policy.auth',
  'sender',
  'message',
  'greylist',
  'tls',
  'network',
  'protocol',
  'split',
  'uncertain',
  'unknown.soft',
  'unknown.hard',
  'expired',
] as const;

/** One of {@link FAILURE_CLASSES}. @publicApi */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/**
 * Whom a failure is about. Only `transport` failures count against a transport, only `recipient` failures can
 * suppress an address; an `identity` failure concerns one From domain on one transport.
 *
 * @publicApi
 */
export type FailureScope = 'recipient' | 'message' | 'identity' | 'transport' | 'none';

/**
 * When to try again. `no` final; `yes` normal schedule; `slow` at least 30 minutes apart; `short` normal schedule,
 * but not beyond 3 days; `window` when the quota's window resets; `pause` when the transport works again, the
 * attempt is not counted; `split` at once in a new transaction; `once` one more try on a new connection; `policy`
 * as the stream says for an uncertain outcome.
 *
 * @publicApi
 */
export type RetryAdvice = 'no' | 'yes' | 'slow' | 'short' | 'window' | 'pause' | 'split' | 'once' | 'policy';

/**
 * Whether another transport may be asked. `now` at once; `later` at once before MAIL at a configured relay, else
 * after repeated failures; `one` at most one other; `signed` only one that authenticates the same From domain.
 *
 * @publicApi
 */
export type FailoverAdvice = 'no' | 'now' | 'later' | 'one' | 'signed';

/**
 * What a failure means for the address: nothing, count it, or stop mailing it.
 *
 * @publicApi
 */
export type SuppressAdvice = 'no' | 'count' | 'now';

/**
 * Who is to slow down.
 *
 * @publicApi
 */
export type ThrottleScope =
  'none' | 'recipient' | 'transport' | 'transport+destination' | 'transport+from' | 'from';

/**
 * Who can mend it.
 *
 * @publicApi
 */
export type Blame =
  | 'nobody'
  | 'recipient'
  | 'message'
  | 'sender-identity'
  | 'our-account'
  | 'our-reputation'
  | 'destination'
  | 'network'
  | 'us';

/**
 * A delivery failure, understood: a value, never an exception.
 *
 * @publicApi
 */
export interface DeliveryFailure {
  readonly class: FailureClass;
  readonly scope: FailureScope;
  /** True when trying again would get the same answer. */
  readonly permanent: boolean;
  /** True when the next hop may have taken the message although no reply says so. */
  readonly ambiguous: boolean;
  readonly retry: RetryAdvice;
  readonly failover: FailoverAdvice;
  readonly suppress: SuppressAdvice;
  readonly throttle: ThrottleScope;
  readonly blame: Blame;
  readonly stage: SmtpStage;
  /** The server's reply; absent when there was none. */
  readonly reply?: SmtpReply;
  /** What the system or TLS called it, where no reply came: `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`. */
  readonly code?: string;
  /** The least time to wait that the server's text named, in milliseconds, at most 24 hours. */
  readonly retryAfterMs?: number;
  /** One sentence for people: what happened, without addresses and secrets. */
  readonly summary: string;
}
