import type { DiscoveryService } from '@nestjs/core';
import type { EventSource } from './events/silent-listener.js';
import { findRelays, type FoundRelay } from './mail-relay.finder.js';
import { getTransportRegistryToken, SETTINGS } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { TemplateRenderer } from './templates/template-renderer.js';
import { Tenants } from './tenants/tenants.js';
import { TransportRegistry } from './transports/transport-registry.js';

/** What is known, once modules are initialized, of where the events of each relay of the application come from. */
export function findEventSources(discovery: DiscoveryService): readonly EventSource[] {
  return findRelays(discovery).map((relay) => {
    // Only `relayProviders()` provides this token.
    const settings = relay.instanceOf(SETTINGS) as ResolvedOptions | undefined;
    // Loaded lazily, beside this relay, it may not be made yet.
    if (settings === undefined) return { relay: relay.name };
    return {
      relay: relay.name,
      streams: Array.from(settings.streams.keys()),
      transports: transportsOf(relay, settings),
      templates: templatesOf(relay, settings),
    };
  });
}

/** Undefined where mail may go over others too: those of tenants, or of the process that sends it. */
function transportsOf(relay: FoundRelay, { worker }: ResolvedOptions): readonly string[] | undefined {
  if (worker === false || relay.instanceOf(Tenants) !== undefined) return undefined;
  const registry = relay.instanceOf(getTransportRegistryToken(relay.name));
  return registry instanceof TransportRegistry ? registry.names() : undefined;
}

/**
 * Undefined where there may be others too: a loader brings new ones at any time, and a process that has none may hear
 * of what others render.
 */
function templatesOf(relay: FoundRelay, { templates }: ResolvedOptions): readonly string[] | undefined {
  const renderer = relay.instanceOf(TemplateRenderer);
  if (templates?.loader !== undefined || !(renderer instanceof TemplateRenderer)) return undefined;
  const names = renderer.names();
  return names.length === 0 ? undefined : names;
}
