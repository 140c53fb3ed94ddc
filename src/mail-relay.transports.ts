import type { ResolvedOptions } from './options/resolve-options.js';
import type { StagingRules } from './policies/staging.policy.js';
import { capture } from './transports/capture/capture.js';
import type { MailTransport } from './transports/mail-transport.js';
import type { TransportSetup } from './transports/transport-definition.js';
import { TransportRegistry, type NamedTransport } from './transports/transport-registry.js';

const CAPTURE_DIR = '.mail';

/** Makes a transport that stands for the one of this name. */
export type TransportOverride = (name: string) => MailTransport;

/**
 * Opens every transport of a relay; in `capture` mode the live ones are one that writes files. With an override none is
 * opened. Warns once where delivery is not live.
 */
export function openTransports(
  settings: ResolvedOptions,
  classes: readonly { readonly name: string; readonly transport: MailTransport | undefined }[],
  setup: TransportSetup,
  more: {
    readonly override?: TransportOverride | undefined;
    /** Tenants may bring transports later, which the mode is for too. */
    readonly hasTenants?: boolean | undefined;
  } = {},
): TransportRegistry {
  const { override } = more;
  if (override) {
    const names = [...settings.transports, ...classes].map(({ name }) => name);
    return new TransportRegistry(names.map((name) => ({ name, transport: override(name) })));
  }
  let captured: MailTransport | undefined;
  const replaced = (): MailTransport => (captured ??= capture({ dir: CAPTURE_DIR }).open(setup));
  const capturing = settings.mode === 'capture';
  const opened: NamedTransport[] = settings.transports.map((definition) => ({
    name: definition.name,
    transport: capturing && definition.live ? replaced() : definition.open(setup),
  }));
  for (const { name, transport } of classes) {
    if (transport) opened.push({ name, transport: capturing ? replaced() : transport });
  }
  // The environment alone says so to many a test; it is told where mail that would have left does not.
  const keepsOthers = capturing && (settings.modeGiven || more.hasTenants === true);
  if (captured || keepsOthers) setup.warn(captureLine(settings.modeGiven));
  if (settings.staging) setup.warn(stagingLine(settings.staging));
  return new TransportRegistry(opened);
}

function captureLine(given: boolean): string {
  const why = given ? '' : ', because NODE_ENV is test';
  const remedy = given ? '' : " Say delivery: 'live' to change that.";
  return (
    `Delivery is not live: the option delivery is "capture"${why}. This process lets no mail out of this machine: ` +
    `what would have left is written to ${CAPTURE_DIR}.${remedy}`
  );
}

function stagingLine({ redirectTo }: StagingRules): string {
  const what = redirectTo ? 'redirects' : 'suppresses';
  return `Delivery is not live for everybody: the option delivery ${what} mail to whom it does not allow.`;
}
