import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that takes connections and counts them, and says nothing or hangs up: no mail server at all. */
export class DeafServer {
  connections = 0;
  readonly #open = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.connections++;
    if (this.hangsUp) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
  });

  private constructor(private readonly hangsUp: boolean) {}

  static async start(kind: 'silent' | 'refusing'): Promise<DeafServer> {
    const server = new DeafServer(kind === 'refusing');
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    // It listens on TCP.
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
