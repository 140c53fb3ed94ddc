import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/**
 * Starts a Redis for the queues that are compared, with AOF everysec, which is what most run; contenders find it in
 * `BENCH_REDIS_PORT`.
 *
 * @returns {Promise<{ stop: () => Promise<void> }>}
 */
export async function startBenchRedis() {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'mail-relay-bench-redis-'));
  const files = ['--dir', dir, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...files], {
    stdio: 'ignore',
  });
  await Promise.race([
    once(child, 'spawn'),
    once(child, 'error').then(([cause]) => {
      throw new Error('This comparison needs redis-server: install Redis.', { cause });
    }),
  ]);
  process.env['BENCH_REDIS_PORT'] = String(port);
  const client = new Redis(port, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
  return {
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The port of the Redis of this bench run. */
export function benchRedisPort() {
  return Number(process.env['BENCH_REDIS_PORT']);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
