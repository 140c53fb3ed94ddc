/** The entry point `nestjs-mail-relay/metrics`: metrics for Prometheus. */
export { withMetrics } from '../features/with-metrics.js';
export type { MetricsOptions } from '../metrics/metrics-options.js';
