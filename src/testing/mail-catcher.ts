import type { AddressInfo } from 'node:net';
import type { SMTPServer, SMTPServerEnvelope } from 'smtp-server';
import { createMailId } from '../core/mail/mail-id.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { CaughtMailbox } from './mailbox/caught-mailbox.js';
import type { TestMailbox } from './mailbox/test-mailbox.js';
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

/** How long clients may still say something when the server is closed. */
const CLOSE_MS = 500;
const DEFAULT_MAX_BYTES = 25 * 1024 * 1024;

/**
 * Starts an SMTP server on loopback that takes every mail, relays none, and keeps them in a mailbox: for tests of
 * programs that know nothing of this package. What `mailbox.fail()` says happens to them: replies at `rcpt`, `hang` and
 * a drop before the dot at RCPT TO, for which a query may only name `to`; replies at `eod` and a drop after the dot when
 * the message was read, for which it may name `from` (the header), `subject` and `text` as well. One line of the script
 * happens to a transaction. What SMTP cannot do is a TypeError of `fail()`.
 *
 * Needs the package `smtp-server`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` when `smtp-server` is not installed
 * @publicApi
 */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const { SMTPServer } = await loadSmtpServer();
  const mailbox = new CaughtMailbox();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    size: options.maxBytes ?? DEFAULT_MAX_BYTES,
    rejectOversized: true,
    closeTimeout: CLOSE_MS,
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
    onRcptTo({ address }, session, done) {
      const how = mailbox.failureAtRcpt(session.envelope, address);
      // Whoever is to hang gets no answer.
      if (how && 'hang' in how) return undefined;
      if (how && 'drop' in how) return drop(server, session.id);
      return done(how && refusal(how.reply));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.on('error', done);
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(new Error('Message exceeds the size limit'));
        const mail = caughtMail(session.envelope, Buffer.concat(chunks));
        const how = mailbox.failureAtEnd(session.envelope, mail);
        if (how && 'reply' in how) return done(refusal(how.reply));
        mailbox.take(mail);
        return how ? drop(server, session.id) : done();
      });
    },
  });
  const { port } = await listen(server, options.port ?? 0);
  return { url: `smtp://127.0.0.1:${port}`, port, mailbox, close: () => close(server) };
}

function caughtMail(envelope: SMTPServerEnvelope, raw: Buffer): SentMail {
  const at = new Date();
  return new SentMail({
    mailId: createMailId(at.getTime()),
    envelope: { from: senderOf(envelope), to: envelope.rcptTo.map(({ address }) => address) },
    raw,
    at,
    relay: '',
    transport: '',
    stream: '',
    tenant: '',
    tags: [],
    metadata: {},
  });
}

function senderOf({ mailFrom }: SMTPServerEnvelope): string {
  return mailFrom ? mailFrom.address : '';
}

/** A reply of a script, as the server gives it. */
function refusal(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}

/** Ends the connection of a session without another word. */
function drop({ connections }: SMTPServer, sessionId: string): void {
  for (const connection of connections) if (connection.session.id === sessionId) connection.close();
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
