import { Injectable } from '@nestjs/common';
import { UNSEEN, within } from '../core/observation/observe.js';
import {
  StageObserver,
  type MailStage,
  type ObservedStage,
  type StageFacts,
} from '../core/observation/stage-observer.js';
import type { StageSpans } from './stage-spans.js';

/** Keeps what a tracer throws away from the mail; traces nothing until its package is loaded. */
@Injectable()
export class SpansObserver extends StageObserver {
  spans: StageSpans | undefined;

  begin(stage: MailStage, facts: StageFacts): ObservedStage {
    try {
      const begun = this.spans?.begin(stage, facts);
      return begun
        ? { ...begun, run: (work) => runAnyway(begun, work), end: (...how) => endQuietly(begun, how) }
        : UNSEEN;
    } catch {
      return UNSEEN;
    }
  }
}

/** Does the work in any case, and once. */
function runAnyway<T>(stage: ObservedStage, work: () => T): T {
  let isBegun = false;
  try {
    return within(stage, () => {
      isBegun = true;
      return work();
    });
  } catch (error) {
    if (isBegun) throw error;
    return work();
  }
}

function endQuietly(begun: ObservedStage, how: Parameters<ObservedStage['end']>): void {
  try {
    begun.end(...how);
  } catch {
    // A span processor of the application failed. The mail goes on.
  }
}
