/**
 * What is observed of a mail: the draft made into a message (and within it the template rendered), the message stored,
 * one attempt of a worker, and within it each transport that is asked.
 *
 * @publicApi
 */
export type MailStage = 'compose' | 'render' | 'store' | 'attempt' | 'try';

/** What is known when a stage begins. @publicApi */
export interface StageFacts {
  readonly relay: string;
  readonly stream: string;
  readonly mailId: string;
  readonly recipients: number;
  readonly template?: string | undefined;
  /** From 1. */
  readonly attempt?: number | undefined;
  readonly transport?: string | undefined;
  /** What it follows from, as W3C trace context writes it; absent where the caller of the process is meant. */
  readonly traceparent?: string | undefined;
}

/** A stage under way. @publicApi */
export interface ObservedStage {
  /** Itself, for whatever follows from it; absent when nobody traces. */
  readonly traceparent?: string | undefined;

  /**
   * Does the work of the stage, so that whatever else observes in it knows where it belongs; absent where that is
   * nothing to the observer. It calls `work` at once and once, and returns or throws what that does.
   */
  run?<T>(work: () => T): T;

  /**
   * To be called once.
   *
   * @param outcome `ok` or `failed`; for a try and an attempt the states of its recipients, each once, such as `sent`
   * @param failure the class of the failure, where there is one; the code of the error, or `other`, of a stage that
   * was refused
   */
  end(outcome: string, failure?: string): void;
}

/**
 * Sees how long each stage of a mail takes, for metrics and traces. It is called on the path of delivery: it returns at
 * once and never throws.
 *
 * @publicApi
 */
export abstract class StageObserver {
  abstract begin(stage: MailStage, facts: StageFacts): ObservedStage;
}
