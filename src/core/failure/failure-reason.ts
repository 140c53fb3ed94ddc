import type { DeliveryFailure } from './delivery-failure.js';

/**
 * The reasons that users are shown: fewer words than the classes, and the same as those of bounces that come later
 * by mail or webhook.
 *
 * @publicApi
 */
export const FAILURE_REASONS = [
  'invalid_recipient',
  'mailbox_disabled',
  'invalid_domain',
  'mailbox_full',
  'recipient_filtered',
  'rate_limited',
  'greylisted',
  'ip_blocked',
  'sender_rejected',
  'auth_failed',
  'spam_content',
  'too_large',
  'content_error',
  'network',
  'tls',
  'system',
  'expired',
  'unknown',
] as const;

/** One of {@link FAILURE_REASONS}. @publicApi */
export type FailureReason = (typeof FAILURE_REASONS)[number];

const DISABLED = /disabled|inactive|deactivated|suspended|closed/i;
const SPAM = /spam|unsolicited|virus|malware|phishing|suspicious|policy/i;

/**
 * The reason that users are shown for a failure.
 *
 * @publicApi
 */
export function reasonOf(failure: DeliveryFailure): FailureReason {
  const { code = 0, enhanced = '', text = '' } = failure.reply ?? {};
  switch (failure.class) {
    case 'hard.recipient':
      return enhanced.endsWith('.2.1') || DISABLED.test(text) ? 'mailbox_disabled' : 'invalid_recipient';
    case 'hard.domain':
      return 'invalid_domain';
    case 'mailbox_full':
      return 'mailbox_full';
    case 'recipient_policy':
      return 'recipient_filtered';
    case 'rate.recipient':
    case 'rate.destination':
    case 'rate.account':
    case 'split':
      return 'rate_limited';
    case 'greylist':
      return 'greylisted';
    case 'block.reputation':
      return 'ip_blocked';
    case 'sender':
      return 'sender_rejected';
    case 'policy.auth':
    case 'our_account':
      return 'auth_failed';
    case 'message':
      if (code === 552 && SPAM.test(text)) return 'spam_content';
      if (code === 552 || enhanced.endsWith('.3.4') || enhanced.endsWith('.2.3')) return 'too_large';
      return SPAM.test(text) ? 'spam_content' : 'content_error';
    case 'network':
    case 'uncertain':
      return 'network';
    case 'tls':
      return 'tls';
    case 'protocol':
      return 'system';
    case 'expired':
      return 'expired';
    case 'unknown.soft':
    case 'unknown.hard':
      return 'unknown';
    /* v8 ignore next -- @preserve The compiler proves that nothing comes here. */
    default: {
      const never: never = failure.class;
      return never;
    }
  }
}
