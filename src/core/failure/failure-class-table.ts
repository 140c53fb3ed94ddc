import type {
  Blame,
  FailoverAdvice,
  FailureClass,
  FailureScope,
  RetryAdvice,
  SuppressAdvice,
  ThrottleScope,
} from './delivery-failure.js';

/**
 * What a class of failure means, before the stage narrows it.
 *
 * @internal
 */
export interface FailureClassValues {
  readonly scope: FailureScope;
  /** After a 4yz, or without any reply. */
  readonly softRetry: RetryAdvice;
  /** After a 5yz. */
  readonly hardRetry: RetryAdvice;
  readonly failover: FailoverAdvice;
  /** Applies only where the failure is about a recipient. */
  readonly suppress: SuppressAdvice;
  readonly throttle: ThrottleScope;
  readonly blame: Blame;
}

/**
 * The values of every class.
 *
 * `block.reputation` is about the message, not the transport: a block at one destination, or for one kind of
 * content, must not take a relay out of service that others still use.
 *
 * @internal
 */
export const FAILURE_CLASS_TABLE: Readonly<Record<FailureClass, FailureClassValues>> = {
  'hard.recipient': {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'count',
    throttle: 'none',
    blame: 'recipient',
  },
  'hard.domain': {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'count',
    throttle: 'none',
    blame: 'recipient',
  },
  mailbox_full: {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'short',
    failover: 'no',
    suppress: 'count',
    throttle: 'recipient',
    blame: 'recipient',
  },
  recipient_policy: {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'count',
    throttle: 'none',
    blame: 'recipient',
  },
  'rate.recipient': {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'no',
    suppress: 'no',
    throttle: 'recipient',
    blame: 'recipient',
  },
  'rate.destination': {
    scope: 'transport',
    softRetry: 'slow',
    hardRetry: 'slow',
    failover: 'one',
    suppress: 'no',
    throttle: 'transport+destination',
    blame: 'our-reputation',
  },
  'rate.account': {
    scope: 'transport',
    softRetry: 'window',
    hardRetry: 'window',
    failover: 'now',
    suppress: 'no',
    throttle: 'transport',
    blame: 'our-account',
  },
  our_account: {
    scope: 'transport',
    softRetry: 'pause',
    hardRetry: 'pause',
    failover: 'now',
    suppress: 'no',
    throttle: 'transport',
    blame: 'our-account',
  },
  'block.reputation': {
    scope: 'message',
    softRetry: 'slow',
    hardRetry: 'slow',
    failover: 'one',
    suppress: 'no',
    throttle: 'transport+destination',
    blame: 'our-reputation',
  },
  'policy.auth': {
    scope: 'identity',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'signed',
    suppress: 'no',
    throttle: 'from',
    blame: 'sender-identity',
  },
  sender: {
    scope: 'identity',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'no',
    throttle: 'from',
    blame: 'sender-identity',
  },
  message: {
    scope: 'message',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'no',
    throttle: 'none',
    blame: 'message',
  },
  greylist: {
    scope: 'recipient',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'no',
    suppress: 'no',
    throttle: 'transport+destination',
    blame: 'destination',
  },
  tls: {
    scope: 'transport',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'later',
    suppress: 'no',
    throttle: 'transport+destination',
    blame: 'destination',
  },
  network: {
    scope: 'transport',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'later',
    suppress: 'no',
    throttle: 'transport+destination',
    blame: 'network',
  },
  protocol: {
    scope: 'transport',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'later',
    suppress: 'no',
    throttle: 'transport',
    blame: 'us',
  },
  split: {
    scope: 'none',
    softRetry: 'split',
    hardRetry: 'split',
    failover: 'no',
    suppress: 'no',
    throttle: 'none',
    blame: 'nobody',
  },
  uncertain: {
    scope: 'transport',
    softRetry: 'policy',
    hardRetry: 'policy',
    failover: 'no',
    suppress: 'no',
    throttle: 'transport',
    blame: 'network',
  },
  'unknown.soft': {
    scope: 'message',
    softRetry: 'yes',
    hardRetry: 'yes',
    failover: 'later',
    suppress: 'no',
    throttle: 'none',
    blame: 'destination',
  },
  'unknown.hard': {
    scope: 'message',
    softRetry: 'yes',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'count',
    throttle: 'none',
    blame: 'message',
  },
  expired: {
    scope: 'none',
    softRetry: 'no',
    hardRetry: 'no',
    failover: 'no',
    suppress: 'no',
    throttle: 'none',
    blame: 'nobody',
  },
};
