import type { DeliveryFailure } from './delivery-failure.js';
import type { SmtpReply } from './smtp-reply.js';

/**
 * What became of one recipient in one attempt. `sent`: the next hop took responsibility, which is not yet
 * `delivered`. `deferred`: not now. `bounced`: refused for good. `uncertain`: the answer to the end of the data
 * was lost.
 *
 * @see RFC 5321 §4.2.5
 * @publicApi
 */
export type DeliveryOutcome =
  | {
      readonly address: string;
      readonly state: 'sent';
      readonly reply?: SmtpReply | undefined;
      /** The next hop's own name for the message, for later webhooks. */
      readonly providerMessageId?: string | undefined;
    }
  | {
      readonly address: string;
      readonly state: 'deferred' | 'bounced' | 'uncertain';
      readonly failure: DeliveryFailure;
    };

/** The outcome that a failure means for a recipient. @publicApi */
export function failedOutcome(address: string, failure: DeliveryFailure): DeliveryOutcome {
  const state = failure.ambiguous ? 'uncertain' : failure.permanent ? 'bounced' : 'deferred';
  return { address, state, failure };
}
