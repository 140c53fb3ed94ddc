import type { DiscoveryService } from '@nestjs/core';
import { RELAY_NAME } from './mail-relay.tokens.js';

/** A relay of the application, and the modules that import it. */
export interface FoundRelay {
  readonly name: string;
  readonly importers: readonly string[];
}

/** Finds every relay of the application through Nest's discovery; nothing static is kept between applications. */
export function findRelays(discovery: DiscoveryService): readonly FoundRelay[] {
  const wrappers = discovery.getProviders();
  const modules = new Set(wrappers.map(({ host }) => host));
  return wrappers
    .filter(({ token }) => token === RELAY_NAME)
    .map(({ instance, host }) => ({
      name: String(instance),
      importers: Array.from(modules)
        .filter((module) => module !== undefined && host !== undefined && module.imports.has(host))
        .map((module) => module?.name ?? ''),
    }));
}
