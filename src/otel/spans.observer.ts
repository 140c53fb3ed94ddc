import { Injectable } from '@nestjs/common';
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
      return begun ? { ...begun, end: (...how) => endQuietly(begun, how) } : UNSEEN;
    } catch {
      return UNSEEN;
    }
  }
}

const UNSEEN: ObservedStage = { end: () => undefined };

function endQuietly(begun: ObservedStage, how: Parameters<ObservedStage['end']>): void {
  try {
    begun.end(...how);
  } catch {
    // A span processor of the application failed. The mail goes on.
  }
}
