import type { MailId } from '../core/mail/mail-id.js';

/** How one lane is served. @publicApi */
export interface LaneConsumer {
  readonly lane: string;
  /** Mails of this lane that one process works on at the same time. */
  readonly concurrency: number;
}

/** What a lane has to do. @publicApi */
export interface LaneCounts {
  readonly waiting: number;
  readonly active: number;
}

/** Works on one mail; never rejects. @publicApi */
export type RingHandler = (id: MailId, lane: string) => Promise<void>;

/**
 * The bell: it wakes one worker for a mail that is due now. It carries mail ids and nothing else, and losing a ring
 * loses nothing, because the spool's schedule rings again.
 *
 * @publicApi
 */
export abstract class MailQueue {
  /** Rings for mails that are due. Ringing twice for a mail that still waits adds nothing. */
  abstract ring(lane: string, ids: readonly MailId[]): void | Promise<void>;

  /**
   * True while a mail of this lane may go straight to the worker of this process, without a ring: where a ring costs a
   * round trip, and nobody stopped the lane at the queue. Everything else about the mail is the same.
   */
  maySkip(_lane: string): boolean {
    return false;
  }

  /** Begins to hand rings to a handler. */
  abstract consume(lanes: readonly LaneConsumer[], handler: RingHandler): void | Promise<void>;

  /** Resolves when no ring waits in this process's memory and no handler runs; a queue elsewhere resolves at once. */
  abstract settled(): Promise<void>;

  /** Takes no further rings; resolves when the handlers that run have ended. */
  abstract stop(): Promise<void>;

  abstract counts(): Promise<Readonly<Record<string, LaneCounts>>>;
  abstract close(): Promise<void>;
}
