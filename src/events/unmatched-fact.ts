import type { OutsideEventType } from './mail-event.js';

/**
 * Somebody told of a mail that this relay does not know. It is recorded and changes nothing: whoever can send us a
 * forged report must not be able to suppress an address.
 *
 * @publicApi
 */
export interface FactUnmatched {
  readonly type: 'unmatched';
  /** Unique; an event that is told twice has the same id. */
  readonly id: string;
  /** The relay's name; `default` for the unnamed one. */
  readonly relay: string;
  /** What was told. */
  readonly told: OutsideEventType | 'bounced';
  /** The mail as it was named: by its id, its Message-ID or the provider's own. */
  readonly reference: string;
  /** The addr-spec it is said to be about. */
  readonly recipient?: string | undefined;
  readonly occurredAt: Date;
  readonly source?: string | undefined;
  readonly at: Date;
}
