import { afterEach, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis, type TestRedisOptions } from '../support/redis-server.js';

let redis: TestRedis | undefined;
afterEach(() => redis?.stop());

async function ownRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  return (redis = await startRedis({ own: true, ...options }));
}

describe('the Redis of the tests', () => {
  it('keeps what it answered for, when it is killed', async () => {
    const server = await ownRedis();
    await server.client().set('a', '1');
    await server.kill9();
    await server.restart();
    expect(await server.client().get('a')).toBe('1');
  });

  it('can be restarted without being killed', async () => {
    const server = await ownRedis({ appendfsync: 'everysec' });
    await server.client().set('a', '1');
    await server.restart();
    expect(await server.client().get('a')).toBe('1');
  });

  it('speaks TLS with a certificate of its own, and nothing else', async () => {
    const server = await ownRedis({ tls: true });
    expect(server.url).toMatch(/^rediss:/);
    expect(await server.client().ping()).toBe('PONG');
    const plain = new Redis(server.url.replace('rediss:', 'redis:'), {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: null,
    });
    plain.on('error', () => undefined);
    await expect(plain.ping()).rejects.toThrow();
    plain.disconnect();
  });

  it('takes arguments', async () => {
    const server = await ownRedis({ appendfsync: false, args: ['--maxmemory-policy', 'allkeys-lru'] });
    expect(await server.client().config('GET', 'maxmemory-policy')).toEqual([
      'maxmemory-policy',
      'allkeys-lru',
    ]);
    expect(await server.client().config('GET', 'appendonly')).toEqual(['appendonly', 'no']);
  });
});
