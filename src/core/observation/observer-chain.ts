import { within } from './observe.js';
import { StageObserver, type MailStage, type ObservedStage, type StageFacts } from './stage-observer.js';

/** Several observers as one; the first that traces names the stage. */
export class ObserverChain extends StageObserver {
  readonly #observers: readonly StageObserver[];

  constructor(observers: readonly StageObserver[]) {
    super();
    this.#observers = observers;
  }

  begin(stage: MailStage, facts: StageFacts): ObservedStage {
    const begun = this.#observers.map((observer) => observer.begin(stage, facts));
    const running = begun.filter((one) => one.run !== undefined);
    return {
      ...(running.length > 0 && { run: <T>(work: () => T): T => runWithin(running, work) }),
      traceparent: begun.find(({ traceparent }) => traceparent !== undefined)?.traceparent,
      end: (outcome, failure) => {
        for (const one of begun) one.end(outcome, failure);
      },
    };
  }
}

/** The first is outermost. */
function runWithin<T>(stages: readonly ObservedStage[], work: () => T): T {
  return stages.reduceRight<() => T>((inner, stage) => () => within(stage, inner), work)();
}

/** What stands for some observers; undefined for none, so that nothing is done for nobody. */
export function observerOf(observers: readonly StageObserver[]): StageObserver | undefined {
  return observers.length > 1 ? new ObserverChain(observers) : observers[0];
}
