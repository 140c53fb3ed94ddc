import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findOrInstall } from './apt.js';
import { freePort } from './free-port.js';

const LOOPBACK = '127.0.0.1';
const READY_MS = 20_000;

/** A Sentinel that watches one master, decides alone, and takes a second to call it down. */
export class RedisSentinel {
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(
    child: ChildProcess,
    dir: string,
    readonly port: number,
  ) {
    this.#child = child;
    this.#dir = dir;
    process.once('exit', this.#killWithTests);
  }

  /** @param name of the master, for those who ask for it */
  static async start(name: string, masterPort: number): Promise<RedisSentinel> {
    // Sentinel is a way to start the server, wherever it came from.
    const program = await findOrInstall('redis-server', 'redis-server');
    const dir = await mkdtemp(join(tmpdir(), 'mail-relay-sentinel-'));
    const port = await freePort();
    const config = join(dir, 'sentinel.conf');
    await writeFile(
      config,
      [
        `port ${port}`,
        `bind ${LOOPBACK}`,
        `dir ${dir}`,
        `sentinel monitor ${name} ${LOOPBACK} ${masterPort} 1`,
        `sentinel down-after-milliseconds ${name} 1000`,
        `sentinel failover-timeout ${name} 10000`,
        '',
      ].join('\n'),
    );
    const child = spawn(program, [config, '--sentinel'], { stdio: 'ignore' });
    const sentinel = new RedisSentinel(child, dir, port);
    try {
      await sentinel.#knowsReplica(name);
    } catch (error) {
      await sentinel.stop();
      throw error;
    }
    return sentinel;
  }

  async stop(): Promise<void> {
    process.removeListener('exit', this.#killWithTests);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#dir, { recursive: true, force: true });
  }

  readonly #killWithTests = (): void => void this.#child.kill('SIGKILL');

  /** Before it knows a replica it has nobody to promote. */
  async #knowsReplica(name: string): Promise<void> {
    const client = new Redis(this.port, LOOPBACK, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const until = performance.now() + READY_MS;
    try {
      for (;;) {
        const replicas = await Promise.race([
          client.call('SENTINEL', 'REPLICAS', name).catch(() => []),
          pause(1_000, []),
        ]);
        const told = (replicas as readonly (readonly string[])[]).flat();
        if (told[told.indexOf('master-link-status') + 1] === 'ok') return;
        if (performance.now() > until) throw new Error(`Sentinel did not find a replica: ${told.join(' ')}`);
        await pause(50);
      }
    } finally {
      client.disconnect();
    }
  }
}
