import type { DeliveryFailure, SmtpStage } from '../core/failure/delivery-failure.js';

/** Before MAIL nothing was said about the message: another configured transport may be asked at once. */
const BEFORE_MAIL: ReadonlySet<SmtpStage> = new Set(['dns', 'conn', 'greeting', 'ehlo', 'tls', 'auth']);

/**
 * Whether another transport may be asked for this recipient within the same attempt.
 *
 * @param tries transports asked so far
 */
export function mayFailOver(failure: DeliveryFailure, tries: number): boolean {
  if (failure.ambiguous || failure.scope === 'recipient') return false;
  switch (failure.failover) {
    case 'now':
      return true;
    case 'later':
      return BEFORE_MAIL.has(failure.stage);
    case 'one':
      return tries === 1;
    case 'signed':
    case 'no':
      return false;
    default: {
      const never: never = failure.failover;
      return never;
    }
  }
}
