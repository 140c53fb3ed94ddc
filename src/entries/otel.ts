/** The entry point `nestjs-mail-relay/otel`: spans and metrics for OpenTelemetry. */
export { withOpenTelemetry } from '../features/with-open-telemetry.js';
export type { OpenTelemetryOptions } from '../otel/otel-options.js';
