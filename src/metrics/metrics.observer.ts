import { Injectable } from '@nestjs/common';
import { UNSEEN } from '../core/observation/observe.js';
import {
  StageObserver,
  type MailStage,
  type ObservedStage,
  type StageFacts,
} from '../core/observation/stage-observer.js';
import type { MailMetrics } from './mail-metrics.js';

/** Holds the place of the metrics on the path of delivery: they need the parts that they observe. */
@Injectable()
export class MetricsObserver extends StageObserver {
  metrics: MailMetrics | undefined;

  begin(stage: MailStage, facts: StageFacts): ObservedStage {
    return this.metrics?.begin(stage, facts) ?? UNSEEN;
  }
}
