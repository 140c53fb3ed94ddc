import type { Claim } from '../spool/spool.js';
import type { SpooledMail } from '../spool/spooled-mail.js';

/** A place in this process's worker, for a mail that is about to be stored. */
export interface FirstPlace {
  /** Works on the mail, which was claimed as it was stored. */
  readonly take: (claim: Claim) => void;
  /** The mail does not come. */
  readonly leave: () => void;
}

/**
 * The first attempt in this process: what the producer asks of the relay. Absent where this process does not send.
 */
export abstract class FirstAttempt {
  /** Takes a claimed mail of `send()` through one attempt; undefined when the claim was lost on the way. */
  abstract run(claim: Claim): Promise<SpooledMail | undefined>;

  /** A place for a mail of `queue()`; undefined when it is to be rung, for whichever worker comes. */
  abstract placeIn(lane: string): FirstPlace | undefined;
}
