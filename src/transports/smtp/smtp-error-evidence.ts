import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { errorField } from '../../core/failure/error-field.js';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';

/** What is known about a failure apart from whom it hit. @internal */
export type SmtpErrorEvidence = Pick<FailureEvidence, 'provenance' | 'stage' | 'reply' | 'errorCode'>;

/**
 * What an error of a socket says: where it struck, and what the system or TLS calls it. Never by the error's
 * message: its text is nobody's interface.
 *
 * @param error as it was caught
 * @param stage where the conversation was
 * @internal
 */
export function socketErrorEvidence(error: unknown, stage: SmtpStage): SmtpErrorEvidence {
  const errorCode = errorField(error, 'code');
  const where = errorField(error, 'syscall') === 'getaddrinfo' ? 'dns' : stage;
  return { provenance: 'network', stage: where, ...(errorCode !== undefined && { errorCode }) };
}
