import { writeFile } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server on loopback that keeps what it gets as files, refuses one address and greylists another. */
export interface Catcher {
  readonly url: string;
  readonly dir: string;
  close(): Promise<void>;
}

export async function startCatcher(dir: string): Promise<Catcher> {
  await mkdir(dir, { recursive: true });
  const greylisted = new Set<string>();
  let caught = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      if (address.startsWith('gone@')) return callback(reply(550, '5.1.1 No such user here'));
      if (address.startsWith('later@') && !greylisted.has(address)) {
        greylisted.add(address);
        return callback(reply(450, '4.7.1 Greylisted, please try again in a moment'));
      }
      return callback();
    },
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const file = join(dir, `caught-${++caught}.eml`);
        writeFile(file, Buffer.concat(chunks), (error) => callback(error));
      });
    },
  });
  server.on('error', () => {
    // A client that goes away is no concern of the catcher.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    dir,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
