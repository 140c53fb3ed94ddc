import type { ResolvedOptions } from './options/resolve-options.js';
import { capture } from './transports/capture/capture.js';
import type { MailTransport } from './transports/mail-transport.js';
import type { TransportSetup } from './transports/transport-definition.js';
import { TransportRegistry, type NamedTransport } from './transports/transport-registry.js';

const CAPTURE_DIR = '.mail';

/** Makes a transport that stands for the one of this name. */
export type TransportOverride = (name: string) => MailTransport;

/**
 * Opens every transport of a relay; in `capture` mode the live ones are one that writes files. With an override none is
 * opened.
 */
export function openTransports(
  settings: ResolvedOptions,
  classes: readonly { readonly name: string; readonly transport: MailTransport | undefined }[],
  setup: TransportSetup,
  override?: TransportOverride,
): TransportRegistry {
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
  if (captured)
    setup.warn(
      `Delivery mode "capture"${settings.modeGiven ? '' : ', because NODE_ENV is test'}: no mail leaves this machine, ` +
        `it is written to ${CAPTURE_DIR}. ${settings.modeGiven ? '' : "Say delivery: 'live' to change that."}`.trim(),
    );
  if (settings.staging) {
    const { redirectTo } = settings.staging;
    setup.warn(
      `Delivery is not live for everybody: the option delivery ${redirectTo ? 'redirects' : 'suppresses'} mail to whom it does not allow.`,
    );
  }
  return new TransportRegistry(opened);
}
