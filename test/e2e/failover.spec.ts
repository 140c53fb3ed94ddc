import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(ROOT, 'sample/02-failover');

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(SAMPLE, 'dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const demo = {
    output: '',
    exit: async () => ((await once(child, 'exit')) as [number | null, string | null]).at(0),
    interrupt: () => child.kill('SIGINT'),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (demo.output += chunk.toString()));
  }
  return demo;
}

describe('the failover sample', () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SAMPLE]);
  });

  it('sends over the backup while the primary is away, tells it once, and goes back', async () => {
    const demo = start('--once');
    expect(await demo.exit()).toBe(0);
    expect(demo.output).toContain('Every mail went where it should.');
    expect(demo.output.match(/! primary is down \(unreachable\)/g)).toHaveLength(1);
    expect(demo.output.match(/! primary works again/g)).toHaveLength(1);
  });

  it('shows over HTTP which transports are used', async () => {
    const demo = start();
    await expect.poll(() => demo.output, { timeout: 30_000 }).toMatch(/health\/mail/);
    const [url = ''] = /http:\S+\/health\/mail/.exec(demo.output) ?? [];
    const response = await fetch(url);
    expect(await response.json()).toEqual({ primary: 'up', backup: 'up' });
    const exited = demo.exit();
    demo.interrupt();
    await exited;
  });
});
