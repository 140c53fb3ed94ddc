import { bounceHint } from '../provider-labels/bounce-hints.js';
import type { TransportDefinition } from '../transport-definition.js';
import { assertInstalled } from '../optional-peer.js';
import type { ApiSettings } from './api-options.js';
import { HttpApiTransport } from './http-api.transport.js';
import type { MailApi } from './mail-api.js';

/**
 * A transport over an API as a value: says at boot how the provider tells of later bounces, and that a package is
 * missing where one is.
 *
 * @param api makes the API's own part
 * @internal
 */
export function apiTransport(
  settings: ApiSettings,
  kind: string,
  api: () => MailApi,
  peer?: string,
): TransportDefinition {
  return {
    name: settings.name,
    kind,
    live: true,
    open: ({ clock, notice }) => {
      if (peer !== undefined) assertInstalled(`${kind}()`, peer);
      const made = api();
      notice(bounceHint(settings.name, made.provider));
      return new HttpApiTransport(made, settings, clock);
    },
  };
}
