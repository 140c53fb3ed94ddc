import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to Redis that a test can make slow, deaf or gone. */
export class RedisProxy {
  readonly #server: Server;
  #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #delayMs = 0;
  #isDeaf = false;
  #isGone = false;
  /** The first octets of each connection, as they came. */
  readonly firstOctets: Buffer[] = [];

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = addressOf(target);
    server.on('connection', (socket) => this.#join(socket));
  }

  static async start(url: string): Promise<RedisProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RedisProxy(server, new URL(url));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Every answer comes this much later. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Takes everything and answers nothing, on the connections that are there too. */
  deafen(): void {
    this.#isDeaf = true;
  }

  /** Cuts every connection; new ones are cut at once. */
  cut(): void {
    this.#isGone = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on it leads to another server; who is connected stays where it is. */
  redirect(url: string): void {
    this.#target = addressOf(new URL(url));
  }

  /** As if nothing had been. What was swallowed is lost, and so are its connections. */
  mend(): void {
    if (this.#isDeaf) for (const socket of this.#sockets) socket.destroy();
    this.#delayMs = 0;
    this.#isDeaf = false;
    this.#isGone = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket): void {
    socket.once('data', (chunk) => this.firstOctets.push(chunk));
    if (this.#isGone) return void socket.destroy();
    const redis = connect(this.#target);
    for (const [from, to] of [
      [socket, redis],
      [redis, socket],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    socket.on('data', (chunk) => {
      if (!this.#isDeaf) redis.write(chunk);
    });
    redis.on('data', (chunk) => {
      if (this.#isDeaf) return;
      if (this.#delayMs === 0) socket.write(chunk);
      else setTimeout(() => socket.writable && socket.write(chunk), this.#delayMs);
    });
  }
}

function addressOf({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname, port: Number(port) };
}
