import * as api from '@opentelemetry/api';
import {
  context,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  MailRelayError,
  MailTransport,
  memory,
  Spool,
  type MailRelayModuleOptions,
  type TransportRequest,
  type TransportResult,
} from 'nestjs-mail-relay';
import { withMetrics } from 'nestjs-mail-relay/metrics';
import { withOpenTelemetry, type OpenTelemetryOptions } from 'nestjs-mail-relay/otel';
import { withSql } from 'nestjs-mail-relay/sql';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StageSpans } from '../../src/otel/stage-spans.js';
import { RelayApp } from '../support/relay-app.js';
import { byAddress, reply, SmtpSink } from '../support/smtp-sink.js';
import { SpoolFolder } from '../support/spool-folder.js';
import { TemplateFolder } from '../support/template-folder.js';

const folder = new SpoolFolder();
const exporter = new InMemorySpanExporter();
const DRAFT = { to: 'ada@example.test', subject: 'Hello', text: 'Hello, Ada.' };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  trace.disable();
  context.disable();
  exporter.reset();
});

/** What an application does before it starts: see the OpenTelemetry documentation of its SDK. */
function startTracing(processors: SpanProcessor[] = [new SimpleSpanProcessor(exporter)]): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() });
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: processors }));
}

async function start(
  options: MailRelayModuleOptions,
  telemetry: OpenTelemetryOptions = {},
): Promise<RelayApp> {
  const { features = [], ...others } = options;
  const app = await RelayApp.start({
    transport: 'memory:',
    storage: 'memory',
    ...others,
    features: [...features, withOpenTelemetry({ metrics: false, ...telemetry })],
  });
  closing.push(() => app.close());
  return app;
}

/** Queues within a span of the application, as a request of a browser would. */
async function queueInRequest(app: RelayApp, draft: object = DRAFT): Promise<ReadableSpan> {
  await trace.getTracer('test').startActiveSpan('request', async (span) => {
    await app.mail.queue({ ...DRAFT, ...draft });
    span.end();
  });
  return spanOf('request');
}

function spanOf(name: string): ReadableSpan {
  const span = exporter.getFinishedSpans().find((one) => one.name === name);
  if (!span) throw new Error(`no span ${name} among ${exporter.getFinishedSpans().length} spans`);
  return span;
}

async function spanEnded(name: string): Promise<ReadableSpan> {
  return expect
    .poll(() => spanOf(name), { timeout: 5000 })
    .toBeDefined()
    .then(() => spanOf(name));
}

const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

describe('spans', () => {
  beforeEach(() => startTracing());

  it('are one trace from the call to the transport', async () => {
    const templates = await TemplateFolder.with({
      'hello.hbs': '<p>Hello</p>',
      'hello.subject.hbs': 'Hello',
    });
    closing.push(() => templates.remove());
    const app = await start({ templates: { dir: templates.dir } });
    const request = await queueInRequest(app, { template: 'hello', subject: undefined, text: undefined });
    const attempt = await spanEnded('mail attempt');
    const [compose, render, store] = ['mail compose', 'mail render', 'mail store'].map(spanOf);
    const tried = spanOf('mail try');

    expect([compose, render, store, attempt, tried].map((span) => span && parentOf(span))).toEqual([
      idOf(request),
      ...[compose, compose, compose, attempt].map((span) => span && idOf(span)),
    ]);
    expect([compose, render, store, attempt, tried].map((span) => span?.kind)).toEqual([
      SpanKind.INTERNAL,
      SpanKind.INTERNAL,
      SpanKind.PRODUCER,
      SpanKind.CONSUMER,
      SpanKind.CLIENT,
    ]);
    const traces = new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId));
    expect([...traces]).toEqual([request.spanContext().traceId]);
    expect(tried.attributes).toEqual({
      'mail.relay': 'default',
      'mail.stream': 'transactional',
      'mail.id': app.events[0] && 'mailId' in app.events[0] ? app.events[0].mailId : undefined,
      'mail.recipients': 1,
      'mail.template': 'hello',
      'mail.attempt': 1,
      'mail.transport': 'default',
      'mail.outcome': 'sent',
    });
    await expect.poll(() => app.events.map(({ type }) => type)).toContain('sent');
    const { traceId, spanId } = compose?.spanContext() ?? {};
    for (const event of app.events) expect(event.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    const written = JSON.stringify(
      exporter.getFinishedSpans().map(({ attributes }): Attributes => attributes),
    );
    expect(written).not.toContain('@');
  });

  it('go on in another process, after a restart', async () => {
    const features = [withSql({ file: folder.file() })];
    const first = await start({ features, storage: undefined, worker: false });
    const request = await queueInRequest(first);
    await first.close();
    await start({ features, storage: undefined });
    const attempt = await spanEnded('mail attempt');
    expect(attempt.spanContext().traceId).toBe(request.spanContext().traceId);
    expect(parentOf(attempt)).toBe(idOf(spanOf('mail compose')));
    expect(attempt.parentSpanContext?.isRemote).toBe(true);
  });

  it('of attempts are traces of their own with a link, when that is wished', async () => {
    const request = await queueInRequest(await start({}, { attempts: 'link' }));
    const attempt = await spanEnded('mail attempt');
    expect(attempt.spanContext().traceId).not.toBe(request.spanContext().traceId);
    expect(attempt.links.map((link) => link.context.spanId)).toEqual([idOf(spanOf('mail compose'))]);
    expect(parentOf(spanOf('mail try'))).toBe(idOf(attempt));
  });

  it('say what went wrong by its class, and no word of a server', async () => {
    const sink = await SmtpSink.start();
    closing.push(() => sink.close());
    sink.faults = {
      rcpt: byAddress({ 'ada@example.test': reply('550 5.1.1 No such user ada@example.test') }),
    };
    await queueInRequest(await start({ transport: sink.url }));
    await spanEnded('mail attempt');
    for (const span of ['mail try', 'mail attempt'].map(spanOf)) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(span.attributes).toMatchObject({ 'mail.outcome': 'bounced', 'error.type': 'hard.recipient' });
    }
  });

  it('end with the code of the error when no message comes of a draft', async () => {
    const app = await start({});
    await expect(app.mail.queue({ to: DRAFT.to, template: 'nowhere' })).rejects.toThrow('nowhere');
    const { status, attributes } = spanOf('mail compose');
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(attributes['error.type']).toBe('ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND');
  });

  it('are around what a transport does, whoever else traces there', async () => {
    class Tracing extends MailTransport {
      readonly kind = 'tracing';

      async send({ envelope, handOver }: TransportRequest): Promise<TransportResult> {
        await handOver();
        trace.getTracer('transport').startSpan('inner').end();
        return { outcomes: envelope.to.map((address) => ({ address, state: 'sent' })) };
      }

      async verify() {
        return { ok: true as const };
      }

      async close() {
        // Nothing is open.
      }
    }
    const app = await start({
      transport: undefined,
      transportClasses: [{ name: 'tracing', useClass: Tracing }],
      features: [withMetrics({ registry: new Registry() })],
    });
    await queueInRequest(app);
    await spanEnded('mail attempt');
    expect(parentOf(spanOf('inner'))).toBe(idOf(spanOf('mail try')));
  });

  it('are not recorded where the caller was not sampled, not even in the worker', async () => {
    const app = await start({});
    const unsampled = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.NONE };
    await context.with(trace.setSpanContext(context.active(), unsampled), () => app.mail.queue(DRAFT));
    await expect.poll(() => app.told).toEqual(['ada@example.test sent']);
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(app.events[0]?.traceparent).toMatch(/^00-1{32}-\w{16}-00$/);
  });

  it('with a link are sampled by themselves', async () => {
    const app = await start({}, { attempts: 'link' });
    const unsampled = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.NONE };
    await context.with(trace.setSpanContext(context.active(), unsampled), () => app.mail.queue(DRAFT));
    await spanEnded('mail attempt');
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['mail try', 'mail attempt']);
  });
});

describe('a span', () => {
  const sampler = new ParentBasedSampler({
    root: new AlwaysOnSampler(),
    remoteParentSampled: new AlwaysOffSampler(),
  });

  it('that follows within the process has no remote parent', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors }));
    const templates = await TemplateFolder.with({
      'hello.hbs': '<p>Hello</p>',
      'hello.subject.hbs': 'Hello',
    });
    closing.push(() => templates.remove());
    const app = await start({ templates: { dir: templates.dir } }, { attempts: 'link' });
    await app.mail.send({ to: DRAFT.to, template: 'hello' });
    const parentOfRender = spanOf('mail render').parentSpanContext;
    expect([parentOfRender?.spanId, parentOfRender?.isRemote]).toEqual([
      idOf(spanOf('mail compose')),
      undefined,
    ]);
    expect(parentOf(spanOf('mail try'))).toBe(idOf(spanOf('mail attempt')));
  });

  it('of an attempt whose outcome cannot be stored says so', async () => {
    startTracing();
    const app = await start({});
    app.app.get(Spool, { strict: false }).settle = () =>
      Promise.reject(new MailRelayError('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE', 'The spool is away.'));
    await app.mail.send(DRAFT, { timeoutMs: 100 }).catch(() => undefined);
    const { attributes } = await spanEnded('mail attempt');
    expect(attributes['error.type']).toBe('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE');
  });

  it('names no tenant', () => {
    startTracing();
    const facts = { relay: 'default', stream: 'transactional', mailId: '1', recipients: 1 };
    new StageSpans(api, 'child').begin('try', { ...facts, transport: 'tenant:ada@example.test' }).end('sent');
    expect(spanOf('mail try').attributes['mail.transport']).toBe('tenant');
  });
});

describe('tracing', () => {
  it('records nothing where no SDK is, and mail is sent', async () => {
    const app = await start({});
    expect(await app.mail.send(DRAFT)).toMatchObject({ ok: true });
    expect(app.events.map(({ traceparent }) => traceparent)).not.toContainEqual(expect.any(String));
  });

  it('that has no context for a span does the work all the same, and once', async () => {
    startTracing();
    const manager = new AsyncLocalStorageContextManager();
    manager.with = () => {
      throw new Error('no context');
    };
    context.disable();
    context.setGlobalContextManager(manager);
    const app = await start({});
    expect(await app.mail.send(DRAFT)).toMatchObject({ ok: true });
    await expect.poll(() => app.told).toEqual(['ada@example.test sent']);
  });

  it.each(['onStart', 'onEnd'] as const)('that throws in %s changes nothing for the mail', async (where) => {
    const processor: SpanProcessor = {
      onStart: () => undefined,
      onEnd: () => undefined,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      [where]: () => {
        throw new Error('the collector is gone');
      },
    };
    startTracing([processor]);
    const app = await start({});
    expect(await app.mail.send(DRAFT)).toMatchObject({ ok: true });
  });
});

describe('metrics for OpenTelemetry', () => {
  const output = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({ exporter: output, exportIntervalMillis: 3_600_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  afterAll(async () => {
    await reader.shutdown();
    metrics.disable();
  });

  async function collected() {
    output.reset();
    await reader.forceFlush();
    return output
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics);
  }

  it('are those for Prometheus, by the same names and labels', async () => {
    const registry = new Registry();
    const app = await start(
      { transport: undefined, transports: [memory({ name: 'main' })], features: [withMetrics({ registry })] },
      { metrics: true },
    );
    await app.mail.send(DRAFT);
    await expect.poll(() => app.told).toEqual(['ada@example.test sent']);
    await app.mail.queue({ ...DRAFT, sendAt: new Date(Date.now() + 60_000) });

    const found = await collected();
    const names = found.map(({ descriptor: { name, unit }, dataPointType }) =>
      [name.replaceAll('.', '_'), unit === 's' && '_seconds', dataPointType === DataPointType.SUM && '_total']
        .filter(Boolean)
        .join(''),
    );
    const shown = await registry.getMetricsAsJSON();
    // Nothing failed in this test.
    const expected = shown.map(({ name }) => name).filter((name) => name !== 'mail_relay_failures_total');
    expect(names.toSorted()).toEqual(expected.toSorted());
    const outcomes = found.find(({ descriptor }) => descriptor.name === 'mail_relay.outcomes');
    expect(outcomes?.dataPoints).toMatchObject([
      {
        value: 1,
        attributes: { relay: 'default', stream: 'transactional', transport: 'main', outcome: 'sent' },
      },
    ]);
    const pending = found.find(({ descriptor }) => descriptor.name === 'mail_relay.pending_mails');
    expect(pending?.dataPoints).toMatchObject([{ value: 1, attributes: { lane: 'transactional' } }]);
  });

  it('end with the relay: nobody asks its storage any more', async () => {
    const app = await start({}, { metrics: true });
    await app.close();
    const up = (await collected()).find(({ descriptor }) => descriptor.name === 'mail_relay.storage.up');
    expect(up?.dataPoints ?? []).toEqual([]);
  });
});

describe('withOpenTelemetry()', () => {
  it.each<[object, string]>([
    [{ traces: true }, 'traces is not known: there are spans, metrics, attempts'],
    [{ spans: 'yes' }, 'spans must be true or false'],
    [{ attempts: 'own' }, 'attempts must be "child" or "link"'],
  ])('refuses %j', (options, said) => {
    expect(() => withOpenTelemetry(options as OpenTelemetryOptions)).toThrow(said);
  });
});
