import type { DeliveryFailure } from '../failure/delivery-failure.js';
import type { MailId } from './mail-id.js';

/**
 * Every state a recipient of a mail can be in; each recipient is in exactly one at any time. `delivered`, `opened`
 * and `complained` are facts about a recipient that events tell, not states.
 *
 * @publicApi
 */
export const RECIPIENT_STATES = [
  'queued',
  'held',
  'deferred',
  'sent',
  'bounced',
  'failed',
  'suppressed',
  'uncertain',
  'cancelled',
] as const;

/** One of {@link RECIPIENT_STATES}. @publicApi */
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/**
 * What became of one recipient so far.
 *
 * @publicApi
 */
export interface RecipientReport {
  readonly address: string;
  readonly state: RecipientState;
  /** The transport that was asked last. */
  readonly transport?: string | undefined;
  /** The next hop's own id for the message, for later webhooks. */
  readonly providerMessageId?: string | undefined;
  readonly failure?: DeliveryFailure | undefined;
  /** Why a recipient is held or suppressed. */
  readonly reason?: string | undefined;
  /** When the relay tries again; absent when the state is final. */
  readonly nextAttemptAt?: Date | undefined;
}

/**
 * All outcomes of a mail after an attempt.
 *
 * @publicApi
 */
export interface DeliveryReport {
  /** True when every recipient's state is `sent`. */
  readonly ok: boolean;
  readonly mailId: MailId;
  readonly messageId: string;
  readonly recipients: readonly RecipientReport[];
}
