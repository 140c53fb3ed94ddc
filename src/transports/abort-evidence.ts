import type { SmtpStage } from '../core/failure/delivery-failure.js';
import type { FailureEvidence } from '../core/failure/failure-evidence.js';

/**
 * What an aborted signal means: the deadline of the attempt says how slow the peer is, any other reason says
 * nothing about it.
 *
 * @internal
 */
export function abortEvidence(
  signal: AbortSignal,
  stage: SmtpStage,
): Pick<FailureEvidence, 'provenance' | 'stage'> {
  const reason: unknown = signal.reason;
  const isDeadline = reason instanceof Error && reason.name === 'TimeoutError';
  return { provenance: isDeadline ? 'timeout' : 'aborted', stage };
}
