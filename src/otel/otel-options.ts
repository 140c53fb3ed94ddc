import { MailRelayError } from '../core/mail-relay-error.js';

/** What `withOpenTelemetry()` takes. @publicApi */
export interface OpenTelemetryOptions {
  /**
   * A span for each stage of a mail.
   *
   * @default true
   */
  readonly spans?: boolean | undefined;
  /**
   * Counters, histograms and gauges, the same as `withMetrics()` gives to Prometheus.
   *
   * @default true
   */
  readonly metrics?: boolean | undefined;
  /**
   * Where the spans of attempts belong: in the trace of the call that queued the mail, or in a trace of their own with a
   * link to it, for those whose traces must be short: a mail may be tried for days.
   *
   * @default 'child'
   */
  readonly attempts?: 'child' | 'link' | undefined;
}

const KNOWN: Readonly<Record<keyof OpenTelemetryOptions, readonly unknown[]>> = {
  spans: [true, false],
  metrics: [true, false],
  attempts: ['child', 'link'],
};

/** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` */
export function checkOpenTelemetryOptions(options: OpenTelemetryOptions): void {
  const known: Readonly<Record<string, readonly unknown[]>> = KNOWN;
  for (const [name, value] of Object.entries(options)) {
    const values = known[name];
    if (!values) throw refused(`${name} is not known: there are ${Object.keys(known).join(', ')}`);
    if (value !== undefined && !values.includes(value)) {
      throw refused(`${name} must be ${values.map((one) => JSON.stringify(one)).join(' or ')}`);
    }
  }
}

function refused(what: string): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The options of withOpenTelemetry are wrong: ${what}.`,
    { field: 'withOpenTelemetry' },
  );
}
