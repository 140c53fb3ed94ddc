import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(ROOT, 'sample/05-outcomes');

describe('the sample of outcomes', { timeout: 180_000 }, () => {
  it('hears, notes, suppresses, looks up and stays in health, and ends by itself', async () => {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SAMPLE]);
    const child = spawn(process.execPath, [join(SAMPLE, 'dist/main.js'), '--once'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(output.split('\n').filter((line) => line.startsWith('  NOT'))).toEqual([]);
    expect(output).toContain('Everything was as expected.');
    expect(code).toBe(0);
  });
});
