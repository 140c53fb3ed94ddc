import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { MailRelayError } from '../core/mail-relay-error.js';

/** What `withMetrics()` takes. @publicApi */
export interface MetricsOptions extends Pick<ModuleMetadata, 'imports'> {
  /**
   * Where the metrics are shown as Prometheus reads them, with the relay's name behind it when it has one. Without it no
   * route is mounted: the metrics are in `registry` all the same.
   */
  readonly path?: string | undefined;
  /**
   * Who may read the route: guards (what they inject comes from `imports`, or from global modules) of the application, or `'loopback'` for nobody but this machine, without a proxy in
   * between. It must be said when there is a `path`: metrics tell how much mail there is.
   */
  readonly guards?: 'loopback' | readonly Type<CanActivate>[] | undefined;
  /**
   * Where the metrics are registered: the application's own registry when it has a route for metrics already.
   *
   * @default one of its own
   */
  readonly registry?: Registry | undefined;
}

const KNOWN = ['path', 'guards', 'registry', 'imports'];
const PATH = /^[\w-]+(\/[\w-]+)*$/;

/** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` */
export function checkMetricsOptions(options: MetricsOptions): void {
  const { path, guards } = options;
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw refused(`${unknown} is not known: there are ${KNOWN.join(', ')}`);
  if (path === undefined) return;
  if (!PATH.test(path)) throw refused('path must be like metrics/mail');
  if (guards === undefined || guards.length === 0) {
    throw refused(
      "path is given without guards, and everybody could read how much mail there is: say guards: [YourGuard], or guards: 'loopback'",
    );
  }
}

function refused(what: string): MailRelayError {
  return new MailRelayError('ERR_MAIL_RELAY_OPTIONS', `The options of withMetrics are wrong: ${what}.`, {
    field: 'withMetrics',
  });
}
