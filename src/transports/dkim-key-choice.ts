import type { DkimKey } from './dkim-key.js';

/**
 * The key that signs mail of a From domain: the one of this domain, else of the nearest domain above it. A single
 * key signs all mail; of several only one that belongs to the domain.
 */
export function chooseDkimKey(keys: readonly DkimKey[], fromDomain: string): DkimKey | undefined {
  if (keys.length < 2) return keys[0];
  let nearest: DkimKey | undefined;
  for (const key of keys) {
    const isNearer = nearest === undefined || key.domainName.length > nearest.domainName.length;
    if (isNearer && isAligned(key, fromDomain)) nearest = key;
  }
  return nearest;
}

/**
 * True when a signature of this key authenticates the From domain, as DMARC asks by default.
 *
 * @see RFC 7489 §3.1.1
 */
export function isAligned({ domainName }: DkimKey, fromDomain: string): boolean {
  const domain = domainName.toLowerCase();
  return fromDomain === domain || fromDomain.endsWith(`.${domain}`);
}
