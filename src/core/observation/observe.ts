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
  try {
    const result = await work(begun);
    begun.end('ok');
    return result;
  } catch (error) {
    begun.end('failed');
    throw error;
  }
}
