import type { LaneCounts } from '../queue/mail-queue.js';
import type { KeptReason, PauseTarget } from '../spool/spool-control.js';

/** How many mails of one stream in one lane are pending. @publicApi */
export interface StreamBacklog {
  readonly lane: string;
  readonly stream: string;
  /** Mails with at least one pending recipient; those that are claimed are among them. */
  readonly pending: number;
  /** Mails a worker has. */
  readonly claimed: number;
  /** When the oldest of them became or becomes due. */
  readonly oldestDueAt?: Date | undefined;
  /** When the one was first to be sent that waits the longest, however often it was tried; to the minute. */
  readonly waitingSince?: Date | undefined;
  /** True when its lane or its stream is paused. */
  readonly paused: boolean;
}

/** What a relay has to do, over all processes that share its spool. @publicApi */
export interface MailCounts {
  /** Mails with at least one pending recipient. */
  readonly pending: number;
  readonly claimed: number;
  /** Octets of the messages of pending mails. */
  readonly bytes: number;
  readonly streams: readonly StreamBacklog[];
  readonly paused: readonly PauseTarget[];
  /** Mails the relay gave up on, by reason. */
  readonly kept: Readonly<Record<KeptReason, number>>;
  /** What waits in the queue and is worked on, by lane: of this process when the queue is inline. */
  readonly lanes: Readonly<Record<string, LaneCounts>>;
}
