import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MailRelayError, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { withBull, type BullOptions } from 'nestjs-mail-relay/bull';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis, type TestRedisOptions } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';

let redis: TestRedis | undefined;
let app: RelayApp | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await app?.close();
  await redis?.stop();
  app = undefined;
  redis = undefined;
});

async function start(
  options: TestRedisOptions,
  bull: Partial<BullOptions> = {},
  relay: MailRelayModuleOptions = {},
): Promise<RelayApp> {
  redis ??= await startRedis({ own: true, ...options });
  const features = [withBull({ namespace: newNamespace(), redis: redis.url, ...bull })];
  app = await RelayApp.start({ transport: 'smtp://127.0.0.1:1', worker: false, features, ...relay });
  return app;
}

async function durability(options: TestRedisOptions, bull: Partial<BullOptions> = {}): Promise<string> {
  const { mail } = await start(options, bull);
  return (await mail.queue({ to: 'ada@example.test', subject: 'Hello', text: 'Hello.' })).durability;
}

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

function warnings(): readonly string[] {
  return vi.mocked(Logger.prototype.warn).mock.calls.map(([message]) => String(message));
}

describe('a relay that starts on Redis', () => {
  it.each([
    ['always', 'fsync'],
    ['everysec', 'everysec'],
  ] as const)('says what appendfsync %s is worth: %s', async (appendfsync, expected) => {
    expect(await durability({ appendfsync })).toBe(expected);
  });

  it('warns where Redis writes no file, and says so in receipts', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    expect(await durability({ appendfsync: false })).toBe('memory');
    expect(warnings().some((one) => one.includes('Redis writes no append-only file'))).toBe(true);
    expect(warnings().some((one) => one.includes('keeps mail in memory'))).toBe(false);
  });

  it('starts in production where Redis writes no file: it does outlive this process', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    expect(await durability({ appendfsync: false })).toBe('memory');
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('refuses maxmemory-policy %s', async (policy) => {
    const message = await refusal(start({ args: ['--maxmemory-policy', policy] }));
    expect(message).toContain(`maxmemory-policy is ${policy}`);
    expect(message).toContain('Set it to noeviction');
  });

  it('refuses no-appendfsync-on-rewrite', async () => {
    const message = await refusal(start({ args: ['--no-appendfsync-on-rewrite', 'yes'] }));
    expect(message).toContain('no-appendfsync-on-rewrite is yes');
  });

  it.each([
    [undefined, 'unknown'],
    [true, 'everysec'],
    ['fsync', 'fsync'],
  ] as const)(
    'where CONFIG is forbidden, with assumeDurable %s, says %s',
    async (assumeDurable, expected) => {
      vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      expect(await durability({ args: ['--rename-command', 'CONFIG', ''] }, { assumeDurable })).toBe(
        expected,
      );
      expect(warnings().some((one) => one.includes('does not tell'))).toBe(assumeDurable === undefined);
    },
  );

  it('is told by INFO what CONFIG does not tell', async () => {
    const args = ['--rename-command', 'CONFIG', '', '--maxmemory-policy', 'allkeys-lfu'];
    expect(await refusal(start({ args }))).toContain('maxmemory-policy is allkeys-lfu');
  });

  it.each([
    [undefined, 'redis of withBull is missing'],
    ['', 'redis of withBull is missing'],
    ['localhost:6379', 'not a URL that begins with redis://'],
    ['http://localhost:6379', 'not a URL that begins with redis://'],
    [{}, 'names no server'],
  ])('refuses %j as the address of Redis, and guesses nothing', async (address, problem) => {
    const features = [withBull({ namespace: newNamespace(), redis: address })];
    expect(await refusal(RelayApp.start({ transport: 'memory:', features }))).toContain(problem);
  });

  it.each([undefined, '', 'a:b', '{x}'])('refuses the namespace %j', async (namespace) => {
    const options = { namespace, redis: 'redis://127.0.0.1' } as Parameters<typeof withBull>[0];
    expect(await refusal(() => withBull(options))).toContain('namespace');
  });

  it('refuses lanes that leave one out', async () => {
    const features = [
      withBull({ namespace: newNamespace(), redis: 'redis://127.0.0.1', lanes: ['transactional'] }),
    ];
    expect(await refusal(() => RelayApp.start({ transport: 'memory:', features }))).toContain(
      'leaves out "marketing"',
    );
  });

  it('says that Redis is not there when it is not', async () => {
    const features = [withBull({ namespace: newNamespace(), redis: 'redis://127.0.0.1:1' })];
    const error: unknown = await RelayApp.start({ transport: 'memory:', features }).catch(
      (reason: unknown) => reason,
    );
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE')).toBe(true);
  });
});
