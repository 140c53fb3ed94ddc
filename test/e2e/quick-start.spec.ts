import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(ROOT, 'sample/01-quick-start');

/** The sample as a process of its own, and everything it printed. */
class Demo {
  output = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(SAMPLE, 'dist/main.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  async exit(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, string | null];
    return { code, signal };
  }

  async printed(pattern: RegExp): Promise<string> {
    await expect.poll(() => this.output, { timeout: 30_000 }).toMatch(pattern);
    return pattern.exec(this.output)?.[1] ?? '';
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }
}

describe('the quick start sample', () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SAMPLE]);
  });

  it('sends three mails, hears three outcomes, and exits with 0', async () => {
    const demo = new Demo('--once');
    expect(await demo.exit()).toEqual({ code: 0, signal: null });
    expect(demo.output).toMatch(/sent +ada@example\.test/);
    expect(demo.output).toMatch(/bounced +gone@example\.test +550/);
    expect(demo.output).toMatch(/deferred +later@example\.test +greylist/);
    expect(demo.output).toMatch(/sent +later@example\.test +attempt 2/);
  });

  it('stays up, sends a welcome mail for a signup over HTTP, and ends with Ctrl-C', async () => {
    const demo = new Demo();
    const signup = await demo.printed(/curl -X POST (\S+)/);
    const caught = fileURLToPath(await demo.printed(/lies in\s+(file:\S+)/));
    await demo.printed(/sent +later@example\.test/);
    const response = await fetch(signup, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Grace', email: 'grace@example.test' }),
    });
    expect(response.status).toBe(202);
    await demo.printed(/sent +(grace@example\.test)/);
    const mails = readdirSync(caught).map((file) => readFileSync(join(caught, file), 'utf8'));
    expect(mails.filter((mail) => mail.includes('Subject: Welcome to Acme, Grace!'))).toHaveLength(1);
    demo.interrupt();
    expect(await demo.exit()).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('answers 400 to an address that is none', async () => {
    const demo = new Demo();
    const signup = await demo.printed(/curl -X POST (\S+)/);
    for (const email of [
      'grace',
      'grace@example.test, eve@example.test',
      'grace@example.test\r\nBcc: eve@example.test',
    ]) {
      const response = await fetch(signup, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Grace', email }),
      });
      expect(response.status).toBe(400);
    }
    demo.interrupt();
    await demo.exit();
  });
});
