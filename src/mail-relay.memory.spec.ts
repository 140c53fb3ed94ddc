import { describe, expect, it } from 'vitest';
import { withBull } from './features/with-bull.js';
import { withSql } from './features/with-sql.js';
import type { MailRelayFeatureInput } from './mail-relay.feature.js';
import { MEMORY_PROVIDERS } from './mail-relay.memory.js';

/** The ports that a feature provides: classes, where tokens of its own are strings. */
function portsOf(feature: MailRelayFeatureInput): readonly unknown[] {
  const { providers = [] } = typeof feature === 'function' ? feature('default', ['one']) : feature;
  return providers
    .map((one) => (typeof one === 'function' ? one : one.provide))
    .filter((token) => typeof token === 'function');
}

describe('what a relay keeps in memory', () => {
  it.each<[string, MailRelayFeatureInput]>([
    ['withSql', withSql({ file: 'never.db' })],
    ['withBull', withBull({ namespace: 'shop', redis: 'redis://127.0.0.1:1' })],
  ])('stands for everything that %s brings', (_, feature) => {
    const ports = portsOf(feature);
    const inMemory = MEMORY_PROVIDERS.map(({ provide }) => provide);
    expect(ports).not.toEqual([]);
    expect(ports.filter((port) => !inMemory.some((one) => one === port))).toEqual([]);
  });
});
