import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import type { BounceKind } from './mail-event.js';

/** The kind of bounce a failure of a recipient is. */
export function bounceKindOf(failure: DeliveryFailure): BounceKind {
  switch (failure.class) {
    case 'hard.recipient':
    case 'hard.domain':
      return 'hard';
    case 'mailbox_full':
    case 'rate.recipient':
    case 'greylist':
      return 'soft';
    case 'recipient_policy':
    case 'block.reputation':
    case 'policy.auth':
    case 'sender':
    case 'message':
      return 'block';
    case 'rate.destination':
    case 'rate.account':
    case 'our_account':
    case 'tls':
    case 'network':
    case 'protocol':
    case 'split':
    case 'uncertain':
    case 'unknown.soft':
    case 'unknown.hard':
    case 'expired':
      return 'undetermined';
    default: {
      const never: never = failure.class;
      return never;
    }
  }
}
