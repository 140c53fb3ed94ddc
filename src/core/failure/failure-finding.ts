import type { DeliveryFailure, SmtpStage, SuppressAdvice } from './delivery-failure.js';
import type { FailureEvidence } from './failure-evidence.js';
import type { SmtpReply } from './smtp-reply.js';
import type { RefusalFacts } from './text-rule.js';

/**
 * What the evidence says, before class and stage give the values.
 *
 * @internal
 */
export interface FailureFinding {
  readonly class: DeliveryFailure['class'];
  /** What the class was read from; absent when there was no refusal to read. */
  readonly source?: 'provider' | 'text' | 'enhanced' | 'basic';
  /** Where it is surer or less sure than the class says. */
  readonly suppress?: SuppressAdvice | undefined;
  /** True where our account is fine, but may not send as this From domain. */
  readonly identity?: boolean | undefined;
  /** True where only we had a part in it, neither transport nor recipient. */
  readonly ours?: boolean;
  /** True where the same answer would come again although there was no 5yz. */
  readonly final?: boolean;
}

/**
 * A clear refusal: all its lines say 4yz, or all say 5yz.
 *
 * @internal
 */
export interface RefusalEvidence extends RefusalFacts {
  readonly stage: Exclude<SmtpStage, 'quit'>;
  readonly evidence: FailureEvidence;
  readonly reply: SmtpReply;
}
