import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An SMTP server on loopback that counts what it takes by recipient, and takes its time. */
export class Inbox {
  readonly taken = new Map<string, number>();
  readonly #arrivals = new EventEmitter();
  readonly #server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, { envelope }, done) => {
      stream.resume();
      stream.on('end', () => {
        for (const { address } of envelope.rcptTo)
          this.taken.set(address, (this.taken.get(address) ?? 0) + 1);
        this.#arrivals.emit('mail');
        setTimeout(done, 20);
      });
    },
  });

  async start(): Promise<string> {
    this.#server.on('error', () => undefined);
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many recipients have their mail, or when the time is over. */
  async waitFor(recipients: number, withinMs: number): Promise<void> {
    const signal = AbortSignal.timeout(withinMs);
    try {
      while (this.taken.size < recipients) await once(this.#arrivals, 'mail', { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
