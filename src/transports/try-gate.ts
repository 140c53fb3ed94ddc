import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Mail } from '../core/mail/mail.js';

/** Asked before each try: may this transport be used now, and for which recipients? */
export interface TryRequest {
  readonly mail: Mail;
  /** The name of the transport. */
  readonly transport: string;
  readonly recipients: readonly string[];
  /** A gate sent this mail away before, and its time has come: it goes before mail that is asked for the first time. */
  readonly returning?: boolean | undefined;
  /** Somebody waits for the outcome, and no worker is kept from other mail by waiting. */
  readonly patient?: boolean | undefined;
  /** Ends waiting inside the gate. */
  readonly signal?: AbortSignal | undefined;
}

/** A recipient that has to wait, although others of the same try may go. */
export interface HeldRecipient {
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** For people: it stands in the `held` event. */
  readonly reason: string;
}

/** Go ahead for `recipients`; `held` ones wait, a limit of their destination for example. */
export interface TryPassed {
  readonly kind: 'pass';
  readonly recipients: readonly string[];
  readonly held: readonly HeldRecipient[];
  /**
   * Called exactly once for every `pass`, with what became of the recipients that were tried: fewer than passed, or
   * none, when a later gate kept some back.
   */
  leave(outcomes: readonly DeliveryOutcome[]): void;
}

/** This transport is not to be had before `until`; the next of the route may be asked. */
export interface TransportClosed {
  readonly kind: 'closed';
  readonly until: number;
  readonly reason: string;
}

/** No transport may be asked for this mail before `until`: a limit of its stream or tenant. */
export interface MailOnHold {
  readonly kind: 'hold';
  readonly until: number;
  readonly reason: string;
}

export type TryAnswer = TryPassed | TransportClosed | MailOnHold;

/**
 * Stands before every try and may hold it back; it never fails a mail. The relay asks all gates in order; what is
 * held back is due again at `until`, and no attempt is counted.
 *
 * A gate that knows its answer returns it as it is: a promise costs every mail a turn.
 */
export abstract class TryGate {
  abstract enter(request: TryRequest): TryAnswer | Promise<TryAnswer>;
}
