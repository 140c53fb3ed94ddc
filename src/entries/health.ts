/** The entry point `nestjs-mail-relay/health`: health over HTTP and for Terminus. */
export { withHealth } from '../features/with-health.js';
export { READINESS_PARTS } from '../health/health-options.js';
export type { HealthOptions, ReadinessPart } from '../health/health-options.js';
export { getMailHealthIndicatorToken, InjectMailHealthIndicator } from '../health/health.tokens.js';
export { MailHealthIndicator } from '../health/mail-health-indicator.js';
export type { MailHealthResult } from '../health/mail-health-indicator.js';
export type { MailHealthReport, TransportHealth } from '../health/mail-health.js';
export type { OutcomeCounts } from '../health/recent-outcomes.js';
