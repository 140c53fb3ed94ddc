import { MailRelayError } from '../mail-relay-error.js';
import type { MailStage, ObservedStage, StageFacts, StageObserver } from './stage-observer.js';

/** Does work as a stage; at no cost where nobody observes. The stage ends `ok`, or `failed` when the work rejects. */
export async function observed<T>(
  observer: StageObserver | undefined,
  stage: MailStage,
  facts: StageFacts,
  work: (stage: ObservedStage | undefined) => Promise<T>,
): Promise<T> {
  const begun = observer?.begin(stage, facts);
  if (!begun) return work(undefined);
  let ending: [outcome: string, failure?: string] = ['ok'];
  try {
    return await within(begun, () => work(begun));
  } catch (error) {
    ending = ['failed', codeOf(error)];
    throw error;
  } finally {
    begun.end(...ending);
  }
}

/** A stage that nobody looks at. */
export const UNSEEN: ObservedStage = { end: () => undefined };

/** Does work that belongs to a stage. */
export function within<T>(stage: ObservedStage | undefined, work: () => T): T {
  return stage?.run ? stage.run(work) : work();
}

/** What an error is called where only its kind may be told. */
export function codeOf(error: unknown): string {
  return error instanceof MailRelayError ? error.code : 'other';
}
