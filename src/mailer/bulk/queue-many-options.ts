import type { AddressesInput } from '../../core/mail/mail-draft.js';
import type { MailRelayError } from '../../core/mail-relay-error.js';

/** Some of many, at once or as they come. @publicApi */
export type BulkSource<Item> = Iterable<Item> | AsyncIterable<Item>;

/** Who gets one mail of a bulk, and what is theirs in it. @publicApi */
export interface BulkRecipient {
  readonly to: AddressesInput;
  /** Added to the draft's context; what is in both comes from here. */
  readonly context?: object | undefined;
  /** @default the draft's */
  readonly locale?: string | undefined;
  /** What makes this mail one of its kind within the bulk. @default a digest of `to` */
  readonly key?: string | undefined;
}

/** How far a bulk is. @publicApi */
export interface BulkCounts {
  /** What the source gave so far. */
  readonly read: number;
  /** Mails that are stored now and were not before. */
  readonly queued: number;
  /** Mails that were stored before, by an earlier run or the same key. */
  readonly deduplicated: number;
  /** Drafts that were refused; the others went on. */
  readonly failed: number;
}

/** A draft of a bulk that was refused. @publicApi */
export interface BulkProblem {
  /** Its place in the source, from 0. */
  readonly index: number;
  /** The key of the draft or recipient; absent when it has none. */
  readonly key?: string | undefined;
  readonly error: MailRelayError;
}

/** How `queueMany()` goes through its source. @publicApi */
export interface QueueManyOptions {
  /**
   * Names the bulk, so that it can be run again from its beginning: what an earlier run stored is not stored twice. A
   * draft's `idempotencyKey` tells it from the others; without one its place in the source does. 1 to 100 characters of
   * `A-Za-z0-9_.:-`.
   */
  readonly bulkId?: string | undefined;
  /** Mails that are stored in one round trip, 1 to 1000. @default 100 */
  readonly batchSize?: number | undefined;
  /** Ends the run: what is stored stays, nothing more is read. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch; the run waits for it. */
  readonly onProgress?: ((counts: BulkCounts) => void | Promise<void>) | undefined;
  /** Told of each draft that was refused; the run waits for it. */
  readonly onProblem?: ((problem: BulkProblem) => void | Promise<void>) | undefined;
}

/** `queueMany()` for one draft and many recipients. @publicApi */
export interface QueueManyToOptions extends QueueManyOptions {
  /** One mail for each of them. */
  readonly recipients: BulkSource<BulkRecipient>;
}

/** What `queueMany()` resolves with. @publicApi */
export interface BulkResult extends BulkCounts {
  /** True when the signal ended the run before the source did. */
  readonly aborted: boolean;
  /** The first hundred drafts that were refused. */
  readonly problems: readonly BulkProblem[];
}
