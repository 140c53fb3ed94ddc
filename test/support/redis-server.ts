import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { findOrInstall } from './apt.js';
import { freePort } from './free-port.js';
import { makeSinkCertificate, type SinkCertificate } from './smtp-sink-certificate.js';

export interface TestRedisOptions {
  /** When the append-only file is synced; false: there is none. @default 'always' */
  readonly appendfsync?: 'always' | 'everysec' | 'no' | false | undefined;
  /** Further arguments of `redis-server`, for example `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[] | undefined;
  /** Speaks TLS and nothing else, with a certificate of its own. @default false */
  readonly tls?: boolean | undefined;
  /**
   * A server that only this test knows, because it is killed or filled. Whatever else is asked for here means that as
   * well.
   *
   * @default false
   */
  readonly own?: boolean | undefined;
}

const READY_MS = 20_000;
const STOP_MS = 5_000;
const LOOPBACK = '127.0.0.1';
const ADVICE = 'set TEST_REDIS_URL to a Redis that tests may write to';

/**
 * A Redis for one spec file: the server that `TEST_REDIS_URL` names when the test does nothing to it, else one that
 * runs only for this test, on a port of its own, with everything it writes in a folder of its own.
 */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const given = process.env['TEST_REDIS_URL'];
  const own = Object.values(options).some((value) => value !== undefined && value !== false);
  if (given && !own && options.appendfsync !== false) return new TestRedis(new URL(given), '', undefined);
  return OwnRedis.start(options);
}

/** A Redis that is there; what can be done to it is in {@link OwnRedis}. */
export class TestRedis {
  readonly #clients = new Set<Redis>();

  constructor(
    protected readonly address: URL,
    /** What it writes; empty for a server that was there before. */
    readonly dir: string,
    /** Of its TLS. */
    readonly certificate: SinkCertificate | undefined,
  ) {}

  get url(): string {
    return this.address.href.replace(/\/$/, '');
  }

  get port(): number {
    return Number(this.address.port || 6379);
  }

  get pid(): number {
    throw notOurs();
  }

  /** A connection that `stop()` ends. */
  client(options: RedisOptions = {}): Redis {
    const tls = this.certificate && { tls: { ca: this.certificate.cert } };
    const client = new Redis(this.url, { ...tls, ...options });
    // Tests that take the server away look at what commands do.
    client.on('error', () => undefined);
    this.#clients.add(client);
    return client;
  }

  /** Ends it at once, as a crash does. */
  async kill9(): Promise<void> {
    throw notOurs();
  }

  /** Starts it again with what is in its folder, after `kill9()` or in an orderly way. */
  async restart(): Promise<void> {
    throw notOurs();
  }

  /** Ends connections, the server, and what it wrote. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    this.#clients.clear();
  }
}

class OwnRedis extends TestRedis {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly options: TestRedisOptions,
    address: URL,
    dir: string,
    certificate: SinkCertificate | undefined,
  ) {
    super(address, dir, certificate);
  }

  static async start(options: TestRedisOptions): Promise<OwnRedis> {
    const program = await findOrInstall('redis-server', 'redis-server', ADVICE);
    const dir = await mkdtemp(join(tmpdir(), 'mail-relay-redis-'));
    const certificate = options.tls ? makeSinkCertificate() : undefined;
    if (certificate) {
      await writeFile(join(dir, 'key.pem'), certificate.key);
      await writeFile(join(dir, 'cert.pem'), certificate.cert);
    }
    for (let left = 5; ; left--) {
      const port = await freePort();
      const address = new URL(`${certificate ? 'rediss://localhost' : `redis://${LOOPBACK}`}:${port}`);
      const redis = new OwnRedis(program, options, address, dir, certificate);
      try {
        await redis.#run();
        return redis;
      } catch (error) {
        // Another process may have taken the port meanwhile.
        if (left === 0) throw error;
      }
    }
  }

  override get pid(): number {
    return this.#child?.pid ?? -1;
  }

  override async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  override async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.#run();
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.#end('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const child = spawn(this.program, this.#args(), { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => void said.push(chunk.toString()));
    }
    this.#child = child;
    process.once('exit', this.#killWithTests);
    try {
      await this.#ready(child);
    } catch (cause) {
      await this.#end('SIGKILL');
      throw new Error(`redis-server did not start. It said:\n${said.join('')}`, { cause });
    }
    // It is read no further, and must not wait for a full pipe.
    said.length = 0;
  }

  readonly #killWithTests = (): void => void this.#child?.kill('SIGKILL');

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.removeListener('exit', this.#killWithTests);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  }

  #args(): string[] {
    const { appendfsync = 'always', args = [] } = this.options;
    const port = String(this.port);
    const listen = this.certificate
      ? ['--port', '0', '--tls-port', port, '--tls-auth-clients', 'no', ...this.#tlsFiles()]
      : ['--port', port];
    const aof = appendfsync ? ['yes', '--appendfsync', appendfsync] : ['no'];
    const files = ['--dir', this.dir, '--save', '', '--appendonly', ...aof];
    return listen.concat(files, ['--bind', LOOPBACK, '--daemonize', 'no'], args);
  }

  #tlsFiles(): string[] {
    const [key, cert] = [join(this.dir, 'key.pem'), join(this.dir, 'cert.pem')];
    return ['--tls-key-file', key, '--tls-cert-file', cert, '--tls-ca-cert-file', cert];
  }

  async #ready(child: ChildProcess): Promise<void> {
    const until = performance.now() + READY_MS;
    const client = this.client({
      retryStrategy: () => 20,
      maxRetriesPerRequest: null,
      enableReadyCheck: true,
    });
    try {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
        const info = await Promise.race([client.info('server').catch(() => ''), pause(200, '')]);
        // A stranger on this port would answer as well.
        if (info.includes(`process_id:${child.pid}\r`)) return;
        if (performance.now() > until) throw new Error('redis-server was not ready in time');
        await pause(20);
      }
    } finally {
      client.disconnect();
    }
  }
}

function notOurs(): Error {
  return new Error(
    'This Redis came with TEST_REDIS_URL and is left alone. Ask for startRedis({ own: true }).',
  );
}
