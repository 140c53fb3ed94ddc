import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';

const START_MS = 30_000;
const STOP_MS = 10_000;

/** Its input is a pipe of ours, which ends with us, however we end; then the group of the server is to end too. */
const WATCH = `
process.stdin.on('end', () => process.kill(-Number(process.argv[1]), 'SIGTERM')).resume();
`;

/** A server in the foreground, started by a test run and ended with it. */
export class ServerProcess {
  #output = '';
  readonly #gone: Promise<void>;
  readonly #watcher: ChildProcess;

  private constructor(
    private readonly what: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-8_192)));
    }
    this.#watcher = spawn(process.execPath, ['-e', WATCH, String(child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#watcher.on('error', (error) => (this.#output += error.message));
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        this.#output += error.message;
        resolve();
      });
    });
  }

  /** Starts it and waits until it greets on `port`. */
  static async start(
    what: string,
    command: readonly string[],
    port: number,
    env: NodeJS.ProcessEnv = {},
  ): Promise<ServerProcess> {
    const [program = '', ...args] = command;
    // Its own group, so that the processes that it makes end with it.
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const server = new ServerProcess(what, child);
    await server.#untilItGreets(port);
    return server;
  }

  async stop(): Promise<void> {
    this.#watcher.kill('SIGKILL');
    if (this.#isGone()) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(this.#kill, STOP_MS);
    await this.#gone;
    clearTimeout(timer);
    // What it started may outlive it.
    this.#kill();
  }

  async #untilItGreets(port: number): Promise<void> {
    const end = Date.now() + START_MS;
    while (!(await greets(port))) {
      if (this.#isGone() || Date.now() > end) {
        await this.stop();
        throw new Error(`${this.what} did not start: ${this.#output}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }

  #isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  readonly #kill = (): void => {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // Nothing is left of it.
    }
  };
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (chunk) => settle(chunk.toString().startsWith('220')));
    socket.once('error', () => settle(false));
    socket.setTimeout(2_000, () => settle(false));
  });
}
