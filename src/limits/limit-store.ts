import type { Limit } from './limit.js';

/** Asks for room for some messages under several limits at once: all of them, or none is touched. */
export interface SlotRequest {
  readonly limits: readonly Limit[];
  /** How many messages go together; not more than the smallest `max`. */
  readonly count: number;
  /** Whose turn is kept: mail of one line never waits behind the line of another. */
  readonly line: string;
  /** The mail was sent away by a limit before, and its time has come. */
  readonly returning: boolean;
}

export type SlotAnswer =
  | {
      readonly kind: 'slot';
      /** The slot's moment, from now: never more than {@link IDLE_LINE_WAIT_MS}. */
      readonly inMs: number;
      /** Which window of each limit it was counted in, for `giveBack`. */
      readonly windows: readonly number[];
    }
  | {
      readonly kind: 'full';
      /** The index of the limit that has to be waited for longest. */
      readonly limit: number;
      /** When there is room again, if nobody else takes it. */
      readonly freeInMs: number;
      /** When this mail should come back: nobody else of its line was given the same moment. */
      readonly comeBackInMs: number;
    };

/** How far ahead a slot may lie that a returning mail is given; it waits that long inside the gate. */
export const WAIT_MS = 250;

/** The same for mail of a line nobody waits in: so a line of newsletters does not keep a password reset out. */
export const IDLE_LINE_WAIT_MS = 500;

/** How close together returning mails may come when a quota opens again. */
export const QUOTA_PACE_MS = 50;

/**
 * Counts what goes under limits. Every process that shares a store shares the limits, exactly: a slot is taken before
 * the message leaves, all limits of a message in one step, by the store's own time.
 *
 * A slot whose message never reached the upstream is given back as far as a quota is concerned; a slot of a process
 * that died stays used until its window ends. Both err to the safe side.
 */
export abstract class LimitStore {
  /** Rejects when the store cannot be asked: then nothing may go. */
  abstract take(request: SlotRequest): SlotAnswer | Promise<SlotAnswer>;

  /** Returns messages that never reached the upstream to their quotas, if their window still runs. */
  abstract giveBack(
    limits: readonly Limit[],
    count: number,
    windows: readonly number[],
  ): void | Promise<void>;
}
