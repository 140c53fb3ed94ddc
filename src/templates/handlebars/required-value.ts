import { nearestNames } from '../nearest-names.js';
import type { BlockOptions, HandlebarsHelper } from './guard-helper.js';
import { PrototypeAccess, type PropertyLookup } from './property-lookup.js';
import type { SourceLocation } from './syntax-tree.js';

/**
 * A template needs a variable that its context does not have.
 *
 * @internal
 */
export class UnknownVariable extends Error {
  constructor(
    /** As the template writes it. */
    readonly path: string,
    /** The part that is missing. */
    readonly missing: string,
    /** Names that are there and alike. */
    readonly nearest: readonly string[],
    readonly loc: SourceLocation | undefined,
  ) {
    super(`${path} is unknown.`);
  }
}

/** A {@link PrototypeAccess} with the path and place that led to it. @internal */
export class LocatedPrototypeAccess extends Error {
  constructor(
    readonly access: PrototypeAccess,
    readonly path: string,
    readonly loc: SourceLocation | undefined,
  ) {
    super(access.message, { cause: access });
  }
}

/** Keys of a context may be data too: only what looks like a name is shown. */
const NAME = /^[A-Za-z_$][\w$-]{0,39}$/;
const MAX_KEYS = 1000;

/**
 * Looks a path up part by part, and fails where there is nothing.
 *
 * @internal
 */
export function requiredValue(lookup: PropertyLookup): HandlebarsHelper {
  return function value(base, path, ...rest) {
    const options = rest.at(-1) as BlockOptions;
    const parts = rest.slice(0, -1) as readonly string[];
    let current = base;
    for (const part of parts) {
      if (current === null || current === undefined) {
        throw new UnknownVariable(path as string, part, [], options.loc);
      }
      const next = read(lookup, current, part, path as string, options.loc);
      if (next === undefined && !Object.hasOwn(current, part)) {
        const names = typeof current === 'object' ? Object.keys(current).slice(0, MAX_KEYS) : [];
        const nearest = nearestNames(
          part,
          names.filter((name) => NAME.test(name)),
        );
        throw new UnknownVariable(path as string, part, nearest, options.loc);
      }
      current = next;
    }
    return typeof current === 'function' ? (Reflect.apply(current, this, []) as unknown) : current;
  };
}

function read(
  lookup: PropertyLookup,
  parent: object,
  part: string,
  path: string,
  loc: SourceLocation | undefined,
): unknown {
  try {
    return lookup(parent, part);
  } catch (error) {
    throw error instanceof PrototypeAccess ? new LocatedPrototypeAccess(error, path, loc) : error;
  }
}
