import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server on loopback that can go away and come back, at the same address. */
export class RelayServer {
  taken = 0;
  #server: SMTPServer;
  #port = 0;

  constructor(readonly name: string) {
    this.#server = this.#make();
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.on('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server = this.#make();
  }

  #make(): SMTPServer {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      // Open connections end at once when it goes away.
      closeTimeout: 1,
      onData: (stream, _session, callback) => {
        stream.resume();
        stream.on('end', () => {
          this.taken++;
          callback();
        });
      },
    });
    server.on('error', () => {
      // A client that goes away is no concern of the server.
    });
    return server;
  }
}
