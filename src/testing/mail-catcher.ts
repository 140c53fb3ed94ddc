import type { AddressInfo } from 'node:net';
import type { SMTPServer } from 'smtp-server';
import { createMailId } from '../core/mail/mail-id.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { TestMailbox } from './mailbox/test-mailbox.js';
import { SentMail } from './mailbox/sent-mail.js';

/** How {@link startMailCatcher} listens. @publicApi */
export interface MailCatcherOptions {
  /** @default any free one */
  readonly port?: number | undefined;
  /** Larger messages are refused, bytes. @default 25 MiB */
  readonly maxBytes?: number | undefined;
}

/** An SMTP server that keeps what it gets. @publicApi */
export interface MailCatcher {
  /** `smtp://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly mailbox: TestMailbox;
  close(): Promise<void>;
}

const DEFAULT_MAX_BYTES = 25 * 1024 * 1024;

/**
 * Starts an SMTP server on loopback that takes every mail, relays none, and keeps them in a mailbox: for tests of
 * programs that know nothing of this package.
 *
 * Needs the package `smtp-server`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` when `smtp-server` is not installed
 * @publicApi
 */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const { SMTPServer } = await loadSmtpServer();
  const mailbox = new TestMailbox();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    size: options.maxBytes ?? DEFAULT_MAX_BYTES,
    rejectOversized: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.on('error', done);
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(new Error('Message exceeds the size limit'));
        const at = new Date();
        mailbox.take(
          new SentMail({
            mailId: createMailId(at.getTime()),
            envelope: {
              from: envelope.mailFrom ? envelope.mailFrom.address : '',
              to: envelope.rcptTo.map(({ address }) => address),
            },
            raw: Buffer.concat(chunks),
            at,
            relay: '',
            transport: '',
            stream: '',
            tenant: '',
            tags: [],
            metadata: {},
          }),
        );
        return done();
      });
    },
  });
  const { port } = await listen(server, options.port ?? 0);
  return { url: `smtp://127.0.0.1:${port}`, port, mailbox, close: () => close(server) };
}

async function loadSmtpServer(): Promise<typeof import('smtp-server')> {
  try {
    return await import('smtp-server');
  } catch (cause) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      'startMailCatcher() needs the package smtp-server: npm install --save-dev smtp-server',
      { cause },
    );
  }
}

async function listen(server: SMTPServer, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  // What a client does wrong later is told to the client.
  server.on('error', () => undefined);
  // A TCP server that listens has an address of this form.
  return server.server.address() as AddressInfo;
}

async function close(server: SMTPServer): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
