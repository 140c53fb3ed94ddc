import type {
  Attributes,
  Context,
  Span,
  SpanContext,
  SpanKind,
  SpanOptions,
  Tracer,
} from '@opentelemetry/api';
import type { MailStage, ObservedStage, StageFacts } from '../core/observation/stage-observer.js';
import { transportLabel } from '../metrics/transport-label.js';
import { spanContextOf, traceparentOf } from './trace-context.js';

type OpenTelemetry = typeof import('@opentelemetry/api');

/** Outcomes of stages that are no errors. */
const FINE: ReadonlySet<string> = new Set(['ok', 'sent', 'queued', 'held', 'suppressed', 'cancelled']);

/** A span for each stage of a mail, in the trace of whoever queued it. */
export class StageSpans {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #attempts: 'child' | 'link';

  constructor(api: OpenTelemetry, attempts: 'child' | 'link') {
    this.#api = api;
    this.#tracer = api.trace.getTracer('nestjs-mail-relay');
    this.#attempts = attempts;
  }

  begin(stage: MailStage, facts: StageFacts): ObservedStage {
    const { context, trace } = this.#api;
    const [parent, options] = this.#placeOf(stage, facts.traceparent);
    const span = this.#tracer.startSpan(
      `mail ${stage}`,
      { ...options, kind: this.#kindOf(stage), attributes: attributesOf(facts) },
      parent,
    );
    const inside = trace.setSpan(parent, span);
    return {
      traceparent: traceparentOf(span.spanContext()),
      run: (work) => context.with(inside, work),
      end: (outcome, failure) => this.#end(span, outcome, failure),
    };
  }

  /** The context that a stage begins in, and what it is linked to. */
  #placeOf(stage: MailStage, traceparent: string | undefined): [Context, SpanOptions] {
    const { context, trace, ROOT_CONTEXT } = this.#api;
    // A worker that takes up a mail has nothing to do with the call that it happens to run in.
    const around = stage === 'attempt' ? ROOT_CONTEXT : context.active();
    const before = traceparent === undefined ? undefined : spanContextOf(traceparent);
    if (!before || this.#isWithin(around, before)) return [around, {}];
    return stage === 'attempt' && this.#attempts === 'link'
      ? [around, { links: [{ context: before }] }]
      : [trace.setSpanContext(around, before), {}];
  }

  /** Whether the span that something follows from is the one it is called in, with all that is known of it here. */
  #isWithin(around: Context, { traceId, spanId }: SpanContext): boolean {
    const active = this.#api.trace.getSpanContext(around);
    return active?.traceId === traceId && active.spanId === spanId;
  }

  #kindOf(stage: MailStage): SpanKind {
    const { SpanKind: kinds } = this.#api;
    if (stage === 'store') return kinds.PRODUCER;
    if (stage === 'attempt') return kinds.CONSUMER;
    return stage === 'try' ? kinds.CLIENT : kinds.INTERNAL;
  }

  #end(span: Span, outcome: string, failure: string | undefined): void {
    span.setAttribute('mail.outcome', outcome);
    if (!outcome.split(',').every((one) => FINE.has(one))) {
      // No message: replies of servers name recipients.
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
      span.setAttribute('error.type', failure ?? outcome);
    }
    span.end();
  }
}

function attributesOf(facts: StageFacts): Attributes {
  const { relay, stream, mailId, recipients, template, attempt, transport } = facts;
  return {
    'mail.relay': relay,
    'mail.stream': stream,
    'mail.id': mailId,
    'mail.recipients': recipients,
    ...(template !== undefined && { 'mail.template': template }),
    ...(attempt !== undefined && { 'mail.attempt': attempt }),
    ...(transport !== undefined && { 'mail.transport': transportLabel(transport) }),
  };
}
