import type { InjectionToken } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { RELAY_NAME } from './mail-relay.tokens.js';

/** A relay of the application, and the modules that import it. */
export interface FoundRelay {
  readonly name: string;
  readonly importers: readonly string[];
  /** What its module made for a token; all of it is there once modules are initialized. */
  instanceOf(token: InjectionToken): unknown;
}

type Module = NonNullable<ReturnType<DiscoveryService['getProviders']>[number]['host']>;

/** Finds every relay of the application through Nest's discovery; nothing static is kept between applications. */
export function findRelays(discovery: DiscoveryService): readonly FoundRelay[] {
  const wrappers = discovery.getProviders();
  const modules = new Set(wrappers.flatMap(({ host }) => host ?? []));
  return wrappers
    .filter(({ token }) => token === RELAY_NAME)
    .map(({ instance, host }) => ({
      name: String(instance),
      importers: host === undefined ? [] : importersOf(host, modules).map((module) => module.name),
      instanceOf: (token) => host?.providers.get(token)?.instance,
    }));
}

/**
 * Nest lets every module import a global one, so its decorator is asked first; a dynamic module has none that would
 * tell.
 */
function importersOf(relay: Module, modules: ReadonlySet<Module>): readonly Module[] {
  const importing = Array.from(modules).filter(
    (module) => module.imports.has(relay) && module.metatype !== relay.metatype,
  );
  const declared = importing.filter((module) => declaredImports(module).includes(relay.metatype));
  return declared.length > 0 ? declared : importing;
}

function declaredImports(module: Module): readonly unknown[] {
  const imports: unknown = Reflect.getMetadata('imports', module.metatype);
  if (!Array.isArray(imports)) return [];
  return imports.map((one: unknown) =>
    typeof one === 'object' && one !== null && 'module' in one ? one.module : one,
  );
}
