import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Readable } from 'node:stream';
import type { SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import type { Clock } from '../../core/schedule/clock.js';
import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { parseSmtpReply } from '../../core/failure/smtp-reply.js';
import { parseEhlo, type EhloCapabilities } from './ehlo-capabilities.js';
import { smtpErrorEvidence, type SmtpErrorEvidence } from './smtp-error-evidence.js';
import { isLoopbackHost, type SmtpSettings } from './smtp-options.js';
import { Utf8Connection } from './utf8-connection.js';

/** What a transaction hears from the connection it runs on. @internal */
export interface SmtpClientListener {
  /** A complete reply, as received, in the order of the commands. */
  reply(raw: string): void;
  /** The transaction is over: the reply to the final dot was positive. */
  accepted(): void;
  /** The transaction is over: refused, or the connection is gone. */
  failed(error: unknown): void;
}

const QUIT_TIMEOUT_MS = 2_000;
const RESET_TIMEOUT_MS = 30_000;
/** In order of preference. */
const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;

/**
 * One SMTP session on one connection: opens it, brings it to where mail can be given, and watches it until it ends.
 * nodemailer speaks the protocol; this class owns the socket, so that it knows how far the session came, and hears
 * every reply, which nodemailer's own errors do not tell completely.
 *
 * @internal
 */
export class SmtpClient {
  /** What the server offers; from the EHLO inside TLS where there is TLS. */
  capabilities: EhloCapabilities = parseEhlo('');
  /** True until the session has waited idle or served a message: only then can it have died unnoticed. */
  fresh = true;
  /** Messages given over it. */
  messages = 0;
  openedAt = 0;
  idleSince = 0;
  /** True once it can serve nobody any more. */
  ended = false;
  /** True when the end came from us. */
  closedByUs = false;
  /** How far opening came. */
  stage: SmtpStage = 'conn';

  #connection: Utf8Connection | undefined;
  #socket: Socket | undefined;
  #listener: SmtpClientListener | undefined;
  #settleOpening: ((failure: SmtpErrorEvidence | undefined) => void) | undefined;
  #cancelTimer: () => void = () => undefined;
  #replies = 0;
  /** A reply that contradicts itself: nodemailer lets it pass. */
  #violation: string | undefined;
  #lastChunk: Buffer | undefined;
  #lastError: unknown;

  /** @param onEnd called once, when the connection is gone */
  constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
    private readonly onEnd: (client: SmtpClient) => void,
  ) {}

  /** Connects, greets, encrypts and authenticates. Resolves with what went wrong, or with nothing. Never rejects. */
  open(): Promise<SmtpErrorEvidence | undefined> {
    return new Promise((resolve) => {
      this.#settleOpening = (failure) => {
        this.#settleOpening = undefined;
        this.#cancelTimer();
        if (failure !== undefined) this.close();
        resolve(failure);
      };
      this.#connect();
    });
  }

  /** The socket that carries the session now: STARTTLS replaces the first one. */
  get socket(): Socket | undefined {
    // eslint-disable-next-line no-underscore-dangle -- nodemailer documents this one as public
    const current = this.#connection?._socket;
    return current === undefined || current === false || current === null ? this.#socket : current;
  }

  /**
   * Gives one message. `listener` hears every reply and then exactly one of `accepted` and `failed`, unless
   * {@link release} comes first.
   *
   * @param envelope is written to
   * @param utf8Header whether the header needs SMTPUTF8
   * @param source read from only after the go-ahead to DATA
   */
  send(envelope: SMTPEnvelope, utf8Header: boolean, source: Readable, listener: SmtpClientListener): void {
    this.#listener = listener;
    if (this.#connection === undefined || this.ended) {
      listener.failed(this.#lastError ?? new ConnectionLost());
      return;
    }
    this.#connection.utf8Header = utf8Header;
    this.#connection.send(envelope, source, (error) => {
      if (error) this.#listener?.failed(error);
      else this.#listener?.accepted();
    });
  }

  /** The listener hears no more. */
  release(): void {
    this.#listener = undefined;
  }

  /** Ends a transaction that stopped before its end. Resolves with false when the session cannot go on. */
  reset(): Promise<boolean> {
    return new Promise((resolve) => {
      const connection = this.#connection;
      if (connection === undefined || this.ended) {
        resolve(false);
        return;
      }
      const settle = (alive: boolean) => {
        this.#cancelTimer();
        this.#listener = undefined;
        if (!alive) this.close();
        resolve(alive);
      };
      this.#cancelTimer = this.clock.after(RESET_TIMEOUT_MS, () => settle(false));
      this.#listener = { reply: () => undefined, accepted: () => undefined, failed: () => settle(false) };
      connection.reset((error) => settle(!error && this.#violation === undefined));
    });
  }

  /** Lets the process end while the session waits. */
  park(): void {
    this.fresh = false;
    this.socket?.unref();
  }

  unpark(): void {
    this.socket?.ref();
  }

  /** Says QUIT and waits for the end, but not for long. */
  quit(): Promise<void> {
    return new Promise((resolve) => {
      const connection = this.#connection;
      if (connection === undefined || this.ended) {
        resolve();
        return;
      }
      this.closedByUs = true;
      const cancel = this.clock.after(QUIT_TIMEOUT_MS, () => this.close());
      connection.once('end', () => {
        cancel();
        resolve();
      });
      this.unpark();
      connection.quit();
    });
  }

  /** Ends the connection at once; nothing that is still buffered leaves. */
  close(): void {
    if (this.ended) return;
    this.closedByUs = true;
    if (this.#connection !== undefined) {
      this.#connection.close();
      return;
    }
    this.#socket?.destroy();
    this.#end();
  }

  #connect(): void {
    const { settings } = this;
    this.#cancelTimer = this.clock.after(settings.connectTimeoutMs, () => this.#fail(new TimedOut()));
    const address = {
      host: settings.host,
      port: settings.port,
      ...(settings.localAddress === undefined ? {} : { localAddress: settings.localAddress }),
    };
    try {
      const socket = settings.secure ? connectTls({ ...settings.tls, ...address }) : connectTcp(address);
      this.#socket = socket;
      const onError = (error: Error) => this.#fail(error);
      const onReady = () => {
        socket.off('error', onError);
        this.#greet(socket);
      };
      socket.on('error', onError);
      socket.once('connect', () => {
        this.stage = settings.secure ? 'tls' : 'greeting';
      });
      socket.once(settings.secure ? 'secureConnect' : 'connect', onReady);
    } catch (error) {
      // Node refuses some options only here, for example an unusable CA.
      queueMicrotask(() => this.#fail(error));
    }
  }

  #greet(socket: Socket): void {
    if (this.ended) return;
    const { settings } = this;
    this.stage = 'greeting';
    this.#cancelTimer();
    this.#cancelTimer = this.clock.after(settings.greetingTimeoutMs, () => this.#fail(new TimedOut()));
    // Paused, so that the greeting waits until nodemailer listens.
    socket.pause();
    if (!settings.secure) socket.on('data', this.#keepChunk);
    const connection = new Utf8Connection({
      connection: socket,
      secure: settings.secure,
      secured: settings.secure,
      host: settings.host,
      name: settings.ehloName,
      requireTLS: settings.requireTls,
      tls: settings.tls,
      connectionTimeout: settings.greetingTimeoutMs,
      greetingTimeout: settings.greetingTimeoutMs,
      socketTimeout: settings.replyTimeoutMs,
      // A connection that is closed must not flush what it still holds: that could be a final dot.
      socketCloseTimeout: 0,
      logger: false,
    });
    this.#connection = connection;
    this.#overhear(connection);
    connection.on('error', (error) => {
      this.#lastError = error;
      this.#fail(error);
    });
    connection.on('end', () => this.#end());
    connection.connect((error) => {
      if (error) this.#fail(error);
      else this.#greeted(connection, socket);
    });
  }

  /** Hears every reply: nodemailer assigns each to this documented field before it acts on it. */
  #overhear(connection: Utf8Connection): void {
    let last: string | false = false;
    Object.defineProperty(connection, 'lastServerResponse', {
      configurable: true,
      enumerable: true,
      get: () => last,
      set: (value: string | false) => {
        last = value;
        if (typeof value === 'string') this.#onReply(value);
      },
    });
  }

  #onReply(raw: string): void {
    this.#replies++;
    if (raw.includes('\n') && !parseSmtpReply(raw).consistent) this.#violation ??= raw;
    if (this.#settleOpening !== undefined) this.#onReplyWhileOpening(raw);
    this.#listener?.reply(raw);
  }

  #onReplyWhileOpening(raw: string): void {
    if (this.#replies === 1 && raw.startsWith('220')) this.stage = 'ehlo';
    else if (this.#isStarttlsGoAhead(raw)) {
      this.stage = 'tls';
      this.#socket?.off('data', this.#keepChunk);
      // More octets in clear behind the go-ahead: somebody in between wants them taken for the server's.
      const chunk = (this.#lastChunk?.toString('utf8') ?? '').replaceAll('\r\n', '\n');
      if (!`${raw}\n`.endsWith(chunk)) this.#violation ??= raw;
    }
    const violation = this.#violation;
    // Not at once: nodemailer is in the middle of handling this reply.
    if (violation !== undefined) queueMicrotask(() => this.#fail(new Violation(violation)));
  }

  readonly #keepChunk = (chunk: Buffer): void => {
    this.#lastChunk = chunk;
  };

  #isStarttlsGoAhead(raw: string): boolean {
    return this.stage === 'ehlo' && this.#replies > 1 && !this.settings.secure && raw.startsWith('220');
  }

  #greeted(connection: Utf8Connection, socket: Socket): void {
    const { settings } = this;
    socket.off('data', this.#keepChunk);
    this.#lastChunk = undefined;
    const ehlo = connection.lastServerResponse;
    this.stage = 'ehlo';
    // Found out before, and about to be told: no credentials for this server.
    if (this.#violation !== undefined) return;
    this.capabilities = parseEhlo(ehlo === false ? '' : ehlo);
    const { auth } = settings;
    if (auth === undefined) return this.#opened();

    const here = settings.plaintextAuth && isLoopbackHost(socket.remoteAddress ?? '');
    if (!connection.secure && !here) return this.#refuse('tls', 'ETLS');
    const method = MECHANISMS.find((one) => this.capabilities.authMechanisms.has(one));
    if (method === undefined) return this.#refuse('auth', 'EAUTHMISSING');
    this.stage = 'auth';
    connection.login({ method, credentials: { ...auth } }, (error) => {
      if (error) this.#fail(error);
      else if (this.#violation === undefined) this.#opened();
    });
  }

  #opened(): void {
    this.openedAt = this.clock.now();
    this.#settleOpening?.(undefined);
  }

  #refuse(stage: SmtpStage, errorCode: string): void {
    this.#settleOpening?.({ provenance: 'local', stage, errorCode });
  }

  #fail(error: unknown): void {
    if (this.#connection?.upgrading === true) this.stage = 'tls';
    this.#settleOpening?.(smtpErrorEvidence(error, this.stage));
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#cancelTimer();
    if (this.#settleOpening !== undefined) {
      const evidence = this.closedByUs
        ? ({ provenance: 'aborted', stage: this.stage } as const)
        : smtpErrorEvidence(this.#lastError ?? new ConnectionLost(), this.stage);
      this.#settleOpening(evidence);
    }
    // nodemailer ends the connection before it fails the message in flight, and its error tells more than the end.
    queueMicrotask(() => this.#listener?.failed(this.#lastError ?? new ConnectionLost()));
    this.onEnd(this);
  }
}

class ConnectionLost extends Error {
  readonly code = 'ECONNECTION';
}

class TimedOut extends Error {
  readonly code = 'ETIMEDOUT';
}

/** The peer broke the protocol in a way that nodemailer lets pass. */
class Violation extends Error {
  readonly code = 'EPROTOCOL';

  constructor(readonly response: string) {
    super('The peer broke the protocol.');
  }
}
