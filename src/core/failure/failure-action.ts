import type { DeliveryFailure, FailureClass } from './delivery-failure.js';

/**
 * What people can do about a failure: remove the address, let the relay retry, send from another IP, fix the
 * configuration (account, sender domain, TLS), change the content, or look at it.
 *
 * @publicApi
 */
export const FAILURE_ACTIONS = [
  'remove',
  'retry',
  'other-ip',
  'fix-configuration',
  'change-content',
  'review',
] as const;

/** One of {@link FAILURE_ACTIONS}. @publicApi */
export type FailureAction = (typeof FAILURE_ACTIONS)[number];

const ACTION_BY_CLASS: Readonly<Record<FailureClass, FailureAction>> = {
  'hard.recipient': 'remove',
  'hard.domain': 'remove',
  mailbox_full: 'retry',
  recipient_policy: 'review',
  'rate.recipient': 'retry',
  'rate.destination': 'retry',
  'rate.account': 'fix-configuration',
  our_account: 'fix-configuration',
  'block.reputation': 'other-ip',
  'policy.auth': 'fix-configuration',
  sender: 'fix-configuration',
  message: 'change-content',
  greylist: 'retry',
  tls: 'fix-configuration',
  network: 'retry',
  protocol: 'review',
  split: 'retry',
  uncertain: 'review',
  'unknown.soft': 'retry',
  'unknown.hard': 'review',
  expired: 'review',
};

/**
 * What people can do about a failure.
 *
 * @publicApi
 */
export function actionOf(failure: Pick<DeliveryFailure, 'class'>): FailureAction {
  return ACTION_BY_CLASS[failure.class];
}
