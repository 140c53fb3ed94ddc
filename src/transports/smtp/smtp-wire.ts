import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import type { Clock } from '../../core/schedule/clock.js';
import { Exchange } from './exchange.js';
import { ReplyReader, smtpReplyOf, type WireReply } from './reply-reader.js';
import { socketErrorEvidence, type SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpSettings } from './smtp-options.js';

/**
 * One connection, as far as octets go: commands out, replies in, each reply to the command that it answers.
 *
 * A peer that says more than it was asked, or what cannot be read, is cut off: from then on nobody could tell which
 * reply belongs to which command.
 *
 * @internal
 */
export class SmtpWire {
  /** How far the conversation came: where a loss strikes. */
  stage: SmtpStage = 'conn';

  #socket: Socket | undefined;
  /** The socket below TLS that was begun by STARTTLS. */
  #below: Socket | undefined;
  #reader = new ReplyReader();
  #exchange: Exchange | undefined;
  #ended: SmtpErrorEvidence | undefined;
  #deadline: number | undefined;
  #timerAt = 0;
  #cancelTimer: (() => void) | undefined;
  #onReady: (() => void) | undefined;
  #onDrain: (() => void) | undefined;

  /**
   * @param settings whom to speak to
   * @param onEnd called once, when the connection is gone
   */
  constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
    private readonly onEnd: () => void,
  ) {}

  /** Why it is gone; undefined while it is there. */
  get ended(): SmtpErrorEvidence | undefined {
    return this.#ended;
  }

  get isEncrypted(): boolean {
    return this.#socket !== undefined && 'encrypted' in this.#socket;
  }

  /** The peer's address; empty when there is none. */
  get remoteAddress(): string {
    return this.#socket?.remoteAddress ?? '';
  }

  /** Opens the connection, with TLS from the first octet where the settings say so. Resolves also when it fails. */
  connect(): Promise<void> {
    const { settings } = this;
    const { host, port, localAddress, secure } = settings;
    const address = { host, port, ...(localAddress !== undefined && { localAddress }) };
    return this.#ready(() => {
      const socket = secure ? connectTls({ ...settings.tls, ...address }) : connectTcp(address);
      if (secure) socket.once('connect', () => (this.stage = 'tls'));
      this.#use(socket, secure ? 'secureConnect' : 'connect');
    });
  }

  /** Goes on over TLS, after the go-ahead to STARTTLS. Resolves also when it fails. */
  encrypt(): Promise<void> {
    const below = this.#socket;
    if (below === undefined || this.#ended !== undefined) return Promise.resolve();
    // What came in clear behind the go-ahead is somebody's who wants it taken for the server's (RFC 3207 §6).
    if (this.#reader.hasRest) {
      this.close({ provenance: 'smtp', stage: 'tls', reply: UNREADABLE, errorCode: 'EPROTOCOL' });
      return Promise.resolve();
    }
    below.removeAllListeners('data');
    this.#below = below;
    this.#reader = new ReplyReader();
    const options: ConnectionOptions = { ...this.settings.tls, host: this.settings.host, socket: below };
    return this.#ready(() => this.#use(connectTls(options), 'secureConnect'));
  }

  /**
   * Sends commands, none when a reply is awaited anyway, and waits for as many replies.
   *
   * @param timeoutMs until the last of them has come
   */
  exchange(commands: string, replies: number, timeoutMs: number): Exchange {
    const exchange = new Exchange(replies);
    // Half a reply that nobody asked for would become part of the next.
    if (this.#reader.isMidReply) this.#closeForUnasked();
    if (this.#ended !== undefined) {
      exchange.settle(this.#ended);
      return exchange;
    }
    this.#exchange = exchange;
    this.#await(timeoutMs);
    if (commands !== '') this.#socket?.write(commands);
    return exchange;
  }

  /** Sends octets of a message. The time for the reply that is awaited begins anew. */
  write(timeoutMs: number, ...octets: readonly Buffer[]): void {
    const socket = this.#socket;
    if (socket === undefined || this.#ended !== undefined) return;
    this.#await(timeoutMs);
    // One system call, and mostly one packet.
    socket.cork();
    for (const piece of octets) socket.write(piece);
    socket.uncork();
  }

  /** Resolves when the system has taken what was written, when a reply came, or when the connection is gone. */
  drained(): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket === undefined || this.#ended !== undefined || !socket.writableNeedDrain) return undefined;
    return new Promise((resolve) => {
      this.#onDrain = resolve;
    });
  }

  /** Ends the connection at once; nothing that is still buffered leaves. */
  close(end: SmtpErrorEvidence): void {
    if (this.#ended !== undefined) return;
    this.#ended = end;
    this.#cancelTimer?.();
    this.#socket?.destroy();
    this.#below?.destroy();
    this.#settle(end);
    this.#onReady?.();
    this.onEnd();
  }

  /** Says that nothing more will come from us. What follows is the peer's end, or the deadline of the caller. */
  finish(): void {
    this.#socket?.end();
  }

  ref(): void {
    this.#socket?.ref();
  }

  /** Lets the process end although the connection is open. */
  unref(): void {
    this.#socket?.unref();
  }

  #ready(begin: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#onReady = () => {
        this.#onReady = undefined;
        resolve();
      };
      try {
        begin();
      } catch (error) {
        // Node refuses some options only here, for example an unusable CA.
        this.close(socketErrorEvidence(error, this.stage));
      }
    });
  }

  #use(socket: Socket | TLSSocket, readyEvent: 'connect' | 'secureConnect'): void {
    this.#socket = socket;
    socket.once(readyEvent, () => {
      socket.setNoDelay(true);
      this.#onReady?.();
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#drain());
    socket.on('error', (error) => this.close(socketErrorEvidence(error, this.stage)));
    const onClose = () => this.close({ provenance: 'network', stage: this.stage, errorCode: 'ECONNRESET' });
    socket.on('end', onClose);
    socket.on('close', onClose);
  }

  #read(chunk: Buffer): void {
    for (const reply of this.#reader.push(chunk)) {
      const exchange = this.#exchange;
      if (exchange === undefined) return this.#closeForUnasked();
      if (reply.code === 0 || !reply.consistent) {
        const { stage } = this;
        return this.close({ provenance: 'smtp', stage, reply: smtpReplyOf(reply), errorCode: 'EPROTOCOL' });
      }
      exchange.add(reply);
      if (exchange.isComplete) this.#settle();
      // The peer takes its leave, whatever else it was asked.
      if (reply.code === 421) return this.close(this.#farewell(reply));
    }
    if (this.#exchange === undefined && this.#reader.isMidReply) this.#closeForUnasked();
  }

  #farewell(reply: WireReply): SmtpErrorEvidence {
    return { provenance: 'smtp', stage: this.stage, reply: smtpReplyOf(reply) };
  }

  #closeForUnasked(): void {
    this.close({ provenance: 'network', stage: this.stage, errorCode: UNASKED });
  }

  #settle(end?: SmtpErrorEvidence): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#deadline = undefined;
    exchange?.settle(end);
    this.#drain();
  }

  #drain(): void {
    this.#onDrain?.();
    this.#onDrain = undefined;
  }

  /** One timer, set again only where it would strike too late or struck too early: hardly ever on a busy connection. */
  #await(timeoutMs: number): void {
    this.#deadline = this.clock.steady() + timeoutMs;
    if (this.#cancelTimer === undefined || this.#timerAt > this.#deadline) this.#setTimer(timeoutMs);
  }

  #setTimer(delayMs: number): void {
    this.#cancelTimer?.();
    this.#timerAt = this.clock.steady() + delayMs;
    this.#cancelTimer = this.clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      if (this.#deadline === undefined) return;
      const leftMs = this.#deadline - this.clock.steady();
      if (leftMs > 0) this.#setTimer(leftMs);
      else this.close({ provenance: 'timeout', stage: this.stage, errorCode: 'ETIMEDOUT' });
    });
  }
}

/** The peer said something that nobody had asked for. @internal */
export const UNASKED = 'EUNASKED';

const UNREADABLE = { code: 0, text: '', consistent: true } as const;
