import { Injectable } from '@nestjs/common';
import { MetricsObserver } from '../metrics/metrics.observer.js';

/** A class of its own, because a relay may give its metrics to Prometheus as well. */
@Injectable()
export class OtelMetricsObserver extends MetricsObserver {}
