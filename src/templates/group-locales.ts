import { DEFAULT_LOCALE, isLocaleShaped } from './locale-chain.js';

/**
 * Puts `welcome.de` under `welcome`, where there is a `welcome` too: by name, and by locale in lower case.
 *
 * @internal
 */
export function groupLocales<Parts>(
  byFullName: ReadonlyMap<string, Parts>,
): ReadonlyMap<string, ReadonlyMap<string, Parts>> {
  const groups = new Map<string, Map<string, Parts>>();
  for (const [fullName, parts] of byFullName) {
    const dot = fullName.lastIndexOf('.');
    const base = fullName.slice(0, Math.max(0, dot));
    const isLocalized = byFullName.has(base) && isLocaleShaped(fullName.slice(dot + 1));
    const name = isLocalized ? base : fullName;
    const locale = isLocalized ? fullName.slice(dot + 1).toLowerCase() : DEFAULT_LOCALE;
    groups.set(name, (groups.get(name) ?? new Map<string, Parts>()).set(locale, parts));
  }
  return groups;
}
