/**
 * A real SMTP server for tests: on loopback, on port 0, scripted, and honest about what it saw.
 *
 * ```ts
 * const sink = await SmtpSink.start({ auth: { user: 'u', pass: 'p' }, tls: 'starttls' });
 * sink.faults = { rcpt: byAddress({ 'gone@b.test': reply('550 5.1.1 No such user') }) };
 * // … send to sink.url, trusting sink.certificate …
 * await sink.waitForMessages(1);
 * sink.messages[0].to;   // who was accepted
 * sink.messages[0].raw;  // the message after dot-unstuffing; .wire as it came, .bareLf, .lenientEnds …
 * sink.sessions[0].commands;
 * await sink.close();
 * ```
 *
 * Without faults it is strict: only CR LF dot CR LF ends the data, a command out of order is refused. Faults (see
 * `smtp-sink-fault.ts`) may be changed at any time and hold from the next command on.
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SinkAuth } from './smtp-sink-auth.js';
import { makeSinkCertificate, type SinkCertificate } from './smtp-sink-certificate.js';
import type { SinkFaults } from './smtp-sink-fault.js';
import type { SinkMessage } from './smtp-sink-message.js';
import { SmtpSinkSession, type SinkTransaction } from './smtp-sink-session.js';

export * from './smtp-sink-fault.js';
export type { SinkMessage } from './smtp-sink-message.js';
export type { SinkTransaction } from './smtp-sink-session.js';

export interface SmtpSinkOptions {
  readonly faults?: SinkFaults;
  /** @default true */
  readonly pipelining?: boolean;
  /** The limit to announce; false hides SIZE. @default 0, which announces no limit */
  readonly size?: number | false;
  /** @default true */
  readonly smtpUtf8?: boolean;
  /** @default true */
  readonly eightBitMime?: boolean;
  /** Offers AUTH. It is never demanded: who sends without it is seen in `message.user`. */
  readonly auth?: SinkAuth;
  /** `starttls` offers AUTH only after it. @default no TLS */
  readonly tls?: 'starttls' | 'implicit';
  /** @default one made at the first need, for localhost and 127.0.0.1 */
  readonly certificate?: SinkCertificate;
  /** Closes right after the reply to the final dot. @default false */
  readonly closeAfterEachMail?: boolean;
  /** Keep the messages; without it only `messageCount` counts. @default true */
  readonly keepMessages?: boolean;
}

const DEFAULT_WAIT_MS = 10_000;
let sharedCertificate: SinkCertificate | undefined;

export class SmtpSink {
  static async start(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const sink = new SmtpSink(options);
    await new Promise<void>((resolve, reject) => {
      sink.#server.once('error', reject);
      sink.#server.listen(0, '127.0.0.1', resolve);
    });
    return sink;
  }

  /** What goes wrong from now on. */
  faults: SinkFaults;
  /** Messages that the sink kept, in order of arrival. */
  readonly messages: SinkMessage[] = [];
  messageCount = 0;
  /** Every connection ever made, with its commands and transactions. */
  readonly sessions: SmtpSinkSession[] = [];
  /** The most connections at a time; one that the sink has ended no longer counts. */
  maxOpenConnections = 0;
  /** The certificate in PEM, to be trusted as `tls.ca`; undefined without TLS. */
  readonly certificate: string | undefined;

  readonly #server: Server;
  readonly #options: SmtpSinkOptions;
  readonly #watchers = new Set<() => void>();

  private constructor(options: SmtpSinkOptions) {
    this.#options = options;
    this.faults = options.faults ?? {};
    const { tls } = options;
    const certificate =
      tls === undefined ? undefined : (options.certificate ?? (sharedCertificate ??= makeSinkCertificate()));
    this.certificate = certificate?.cert;
    const { auth, size = 0 } = options;
    const extensions: string[] = [];
    if (options.pipelining ?? true) extensions.push('PIPELINING');
    if (size !== false) extensions.push(`SIZE ${size}`);
    if (options.eightBitMime ?? true) extensions.push('8BITMIME');
    if (options.smtpUtf8 ?? true) extensions.push('SMTPUTF8');
    const host = {
      banner: '220 sink.test ESMTP',
      extensions,
      auth,
      authNeedsTls: tls !== undefined,
      secureContext: certificate && createSecureContext(certificate),
      implicitTls: tls === 'implicit',
      closeAfterEachMail: options.closeAfterEachMail ?? false,
      fault: (stage: keyof SinkFaults, session: SmtpSinkSession, address: string) => {
        const rule = this.faults[stage];
        if (typeof rule !== 'function') return rule;
        const { id, transactions, parameters } = session;
        const from = transactions.at(-1)?.from ?? '';
        return rule({ stage, connection: id, transaction: transactions.length, address, from, parameters });
      },
      accept: (message: SinkMessage) => {
        this.messageCount++;
        if (this.#options.keepMessages ?? true) this.messages.push(message);
        this.#changed();
      },
      changed: () => this.#changed(),
    };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sessions.push(new SmtpSinkSession(this.sessions.length + 1, socket, host));
      const open = this.sessions.filter((session) => !session.closed && !session.leaving);
      this.maxOpenConnections = Math.max(this.maxOpenConnections, open.length);
      this.#changed();
    });
  }

  get host(): string {
    return '127.0.0.1';
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `smtp://user:pass@127.0.0.1:port`, with the credentials that the sink knows. */
  get url(): string {
    const { auth, tls } = this.#options;
    const credentials =
      auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@`;
    return `${tls === 'implicit' ? 'smtps' : 'smtp'}://${credentials}${this.host}:${this.port}`;
  }

  get connectionCount(): number {
    return this.sessions.length;
  }

  get openConnections(): number {
    return this.sessions.filter((session) => !session.closed).length;
  }

  /** Every MAIL that was ever begun, in order of connection. */
  get transactions(): readonly SinkTransaction[] {
    return this.sessions.flatMap((session) => session.transactions);
  }

  /** Every command line that was ever received, in order of connection. */
  get commands(): readonly string[] {
    return this.sessions.flatMap((session) => session.commands);
  }

  /** Resolves once the sink has kept `count` messages. Rejects after `timeoutMs`, telling what it has. */
  waitForMessages(count: number, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    return this.waitFor(() => this.messageCount >= count, `${count} messages`, timeoutMs);
  }

  /** Resolves once `condition` holds; it is looked at whenever something happens at the sink. */
  async waitFor(condition: () => boolean, what = 'a condition', timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        const found = `${this.messageCount} messages, ${this.openConnections} of ${this.connectionCount} connections open`;
        reject(new Error(`Waited ${timeoutMs} ms at the sink for ${what}; it has ${found}.`));
      }, timeoutMs);
      this.#watchers.add(look);
    });
  }

  /** Ends every open connection; new ones are taken. */
  disconnectAll(how: 'close' | 'reset' = 'close'): void {
    for (const session of this.sessions) if (!session.closed) session.end(how);
  }

  /** Lets the process end although connections are open. */
  unref(): void {
    this.#server.unref();
    for (const session of this.sessions) session.unref();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.disconnectAll('reset');
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
