import type { Claim } from '../spool/spool.js';
import type { SpooledMail } from '../spool/spooled-mail.js';

/**
 * The first attempt of `send()`, in this process: what the producer asks of the relay. Absent where this process does
 * not send.
 */
export abstract class FirstAttempt {
  /** Takes a claimed mail through one attempt; undefined when the claim was lost on the way. */
  abstract run(claim: Claim): Promise<SpooledMail | undefined>;
}
