import type { SpanContext } from '@opentelemetry/api';

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const NO_TRACE = /^0+$/;

/** Writes where a span is as W3C Trace Context, section 3.2; undefined where nobody traces. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  const written = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return spanContextOf(written) && written;
}

/** Reads what `traceparentOf` wrote; undefined for anything else. */
export function spanContextOf(traceparent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  if (NO_TRACE.test(traceId) || NO_TRACE.test(spanId) || traceId === '') return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
