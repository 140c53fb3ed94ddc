import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(ROOT, 'sample/03-bull-queue');

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SAMPLE]);
});
afterAll(() => redis.stop());

async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(SAMPLE, 'dist/main.js'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}

describe('the sample of Bull and Redis', { timeout: 180_000 }, () => {
  it('mails every signup, although the worker is killed while it sends, and drains at the end', async () => {
    const { code, output } = await run(['--once'], { ...process.env, REDIS_URL: redis.url });
    expect(output).toContain('The worker was killed after');
    expect(output).toContain('Mailed: 100 of 100.');
    expect(output).toContain('The worker drained and ended with 0.');
    expect(code).toBe(0);
  });

  it('says what it needs without a Redis', async () => {
    const { REDIS_URL: _, ...env } = process.env;
    const { code, output } = await run(['--once'], env);
    expect([code, output]).toEqual([2, expect.stringContaining('REDIS_URL=redis://localhost:6379')]);
  });
});
