import { isAscii as isAsciiBuffer } from 'node:buffer';
import { isAscii } from '../../core/address/ascii.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import type { DeliveryFailure, SmtpStage } from '../../core/failure/delivery-failure.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';
import type { ProviderName } from '../../core/failure/provider.js';
import type { SmtpReply } from '../../core/failure/smtp-reply.js';
import { signWithDkim } from '../dkim-signer.js';
import type { TransportRequest } from '../mail-transport.js';
import { abortEvidence } from '../abort-evidence.js';
import { MessageSource, type MessageSupply } from './message-source.js';
import { remoteMessageId } from './remote-message-id.js';
import type { SmtpClient, SmtpClientListener } from './smtp-client.js';
import { smtpErrorEvidence, UNREADABLE_REPLY } from './smtp-error-evidence.js';
import { TransactionReplies } from './transaction-replies.js';

/**
 * What follows for the connection: `keep` it for the next message, `reset` it first, or `drop` it.
 *
 * @internal
 */
export type ConnectionFate = 'keep' | 'reset' | 'drop';

/** @internal */
export interface TransactionEnd {
  readonly outcomes: readonly DeliveryOutcome[];
  readonly connection: ConnectionFate;
  /** True when the connection went away before the server said that it takes the message: nothing was given. */
  readonly lost: boolean;
}

/** What is known about a failure of the whole transaction; whom it hits is worked out at the end. */
type CommonFailure = Omit<FailureEvidence, 'upstream' | 'provider' | 'acceptedBefore'>;

/** The signature's own header field; a generous bound for an RSA key of 4096 bits. */
const DKIM_HEADER_BYTES = 1_536;

/**
 * One message over one connection: MAIL to the reply to the final dot, and from that an outcome for every recipient.
 *
 * The replies are the truth; where there is none, what had left by then decides what the loss means.
 *
 * @internal
 */
export class SmtpTransaction implements SmtpClientListener, MessageSupply {
  readonly #replies: TransactionReplies;
  readonly #source = new MessageSource(this);
  /** `envelope` until the go-ahead, `body` until everything but the dot is gone, `dot` from then on. */
  #phase: 'envelope' | 'body' | 'dot' = 'envelope';
  #settle: ((end: TransactionEnd) => void) | undefined;

  constructor(
    private readonly client: SmtpClient,
    private readonly request: TransportRequest,
    private readonly provider: ProviderName | undefined,
  ) {
    this.#replies = new TransactionReplies(request.envelope.to.length);
  }

  /** Never rejects. To be called once. */
  run(): Promise<TransactionEnd> {
    const { client, request } = this;
    const obstacle = request.signal.aborted ? abortEvidence(request.signal, 'mail') : this.#obstacle();
    if (obstacle !== undefined) return Promise.resolve(this.#failedEnd(obstacle, 'keep'));
    return new Promise((resolve) => {
      this.#settle = resolve;
      request.signal.addEventListener('abort', this.#abort);
      const { from, to } = request.envelope;
      // nodemailer writes to the envelope it gets. BODY=8BITMIME is declared where it can be: whether the message
      // needs it is known only once it is loaded.
      const envelope = { from, to: [...to], size: this.#sizeBytes(), use8BitMime: true };
      client.send(envelope, request.smtpUtf8, this.#source, this);
    });
  }

  reply(raw: string): void {
    this.#replies.add(raw);
  }

  accepted(): void {
    const reply = this.#replies.last;
    if (this.#phase !== 'dot') {
      // An answer to a dot that was not sent: whatever the server means by it, it has no message.
      this.#fail({ provenance: 'smtp', stage: 'body', reply, errorCode: 'EPROTOCOL' });
    } else if (reply.code >= 200 && reply.code < 300 && reply.consistent) {
      this.#succeed(reply);
    } else {
      this.#fail({ provenance: 'smtp', stage: 'eod', reply, endOfDataSent: true });
    }
  }

  failed(error: unknown): void {
    const stage = this.#stage();
    const endOfDataSent = this.#phase === 'dot';
    const evidence = smtpErrorEvidence(error, stage);
    if (evidence.provenance === 'smtp' && evidence.reply !== UNREADABLE_REPLY) {
      const ending =
        this.#phase === 'envelope' ? this.#replies.ending() : { stage, reply: this.#replies.last };
      this.#fail({ ...evidence, ...ending, endOfDataSent });
    } else if (this.client.closedByUs) {
      this.#fail({ provenance: 'aborted', stage, endOfDataSent });
    } else {
      this.#fail({ ...evidence, stage, endOfDataSent });
    }
  }

  load(): Buffer | undefined | Promise<Buffer | undefined> {
    const objection = this.#replies.objectionToGoAhead();
    if (objection !== undefined) {
      this.#fail({ provenance: 'smtp', ...objection, errorCode: 'EPROTOCOL' });
      return undefined;
    }
    this.#phase = 'body';
    return this.#load();
  }

  taken(resume: () => void): boolean {
    const { socket } = this.client;
    if (socket === undefined || !socket.writableNeedDrain) return true;
    socket.once('drain', resume);
    return false;
  }

  handOver(): boolean | Promise<boolean> {
    try {
      const marking = this.request.handOver();
      if (marking === undefined) return this.#marked();
      return Promise.resolve(marking).then(
        () => this.#marked(),
        () => this.#refuse('EHANDOVER'),
      );
    } catch {
      return this.#refuse('EHANDOVER');
    }
  }

  #marked(): boolean {
    // Settled meanwhile: aborted, refused or lost while the mark was stored.
    if (this.#settle === undefined) return false;
    this.#phase = 'dot';
    return true;
  }

  /** Ends the try for a reason of our own, before the dot. */
  #refuse(errorCode: string): false {
    this.#fail({ provenance: 'local', stage: 'body', errorCode });
    return false;
  }

  readonly #abort = (): void => {
    const { signal } = this.request;
    this.#fail({ ...abortEvidence(signal, this.#stage()), endOfDataSent: this.#phase === 'dot' });
  };

  async #load(): Promise<Buffer | undefined> {
    const { request, client } = this;
    let message: Buffer;
    try {
      message = await request.message();
    } catch {
      this.#refuse('EMESSAGEREAD');
      return undefined;
    }
    // RFC 6152 §3: octets above 127 go only to who said that it takes them.
    if (!client.capabilities.eightBitMime && !isAsciiBuffer(message)) {
      this.#refuse('E8BITMIME');
      return undefined;
    }
    if (request.dkim === undefined) return message;
    try {
      return await signWithDkim(message, request.dkim);
    } catch {
      this.#refuse('EDKIM');
      return undefined;
    }
  }

  #sizeBytes(): number {
    return this.request.sizeBytes + (this.request.dkim === undefined ? 0 : DKIM_HEADER_BYTES);
  }

  /** What forbids the message at this server, as far as its EHLO tells. */
  #obstacle(): CommonFailure | undefined {
    const { smtpUtf8, maxSizeBytes } = this.client.capabilities;
    const { from, to } = this.request.envelope;
    if (!smtpUtf8 && (this.request.smtpUtf8 || ![from, ...to].every(isAscii))) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESMTPUTF8' };
    }
    if (maxSizeBytes > 0 && this.#sizeBytes() > maxSizeBytes) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESIZE' };
    }
    return undefined;
  }

  /** Where a loss strikes. */
  #stage(): SmtpStage {
    if (this.#phase === 'envelope') return this.#replies.awaited;
    return this.#phase === 'body' ? 'body' : 'eod';
  }

  #succeed(reply: SmtpReply): void {
    const providerMessageId = remoteMessageId(reply.text);
    const sent =
      providerMessageId === undefined
        ? ({ state: 'sent', reply } as const)
        : ({ state: 'sent', reply, providerMessageId } as const);
    const outcomes = this.request.envelope.to.map(
      (address, i): DeliveryOutcome => this.#refused(address, i) ?? { address, ...sent },
    );
    this.#finish({ outcomes, connection: 'keep', lost: false });
  }

  #fail(failure: CommonFailure): void {
    if (this.#settle === undefined) return;
    const connection = this.#fateAfter(failure);
    // Before anything else: what has not left by now must not leave any more.
    if (connection === 'drop') this.client.close();
    this.#finish(this.#failedEnd(failure, connection));
  }

  #finish(end: TransactionEnd): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.request.signal.removeEventListener('abort', this.#abort);
    this.client.release();
    this.#source.destroy();
    settle(end);
  }

  /** Recipients that were refused keep their own reply; everyone else shares what ended the transaction. */
  #failedEnd(evidence: CommonFailure, connection: ConnectionFate): TransactionEnd {
    const shared = this.#classify(evidence, this.#replies.accepted());
    // The sender was refused: what was said to the recipients of a transaction that there is not, means nothing.
    const isOfSender = evidence.stage === 'mail';
    const outcomes = this.request.envelope.to.map(
      (address, i) => (isOfSender ? undefined : this.#refused(address, i)) ?? failedOutcome(address, shared),
    );
    const { provenance, reply } = evidence;
    const isGone = provenance === 'network' || (provenance === 'smtp' && reply?.code === 421);
    return { outcomes, connection, lost: this.#phase === 'envelope' && isGone };
  }

  #refused(address: string, recipient: number): DeliveryOutcome | undefined {
    const refusal = this.#replies.refusalOf(recipient);
    if (refusal === undefined) return undefined;
    const before = this.#replies.accepted(recipient);
    return failedOutcome(address, this.#classify({ provenance: 'smtp', ...refusal }, before));
  }

  #classify(evidence: CommonFailure, acceptedBefore: number): DeliveryFailure {
    return classifyFailure({ ...evidence, acceptedBefore, upstream: 'relay', provider: this.provider });
  }

  #fateAfter({ provenance, reply }: CommonFailure): ConnectionFate {
    if (provenance !== 'smtp' || reply === undefined || !reply.consistent || this.client.ended) return 'drop';
    // 421 announces the end; 500 to 504 mean that the two no longer understand each other.
    if (reply.code < 400 || reply.code === 421 || (reply.code >= 500 && reply.code <= 504)) return 'drop';
    if (this.#phase === 'dot') return 'keep';
    // DATA was taken although nobody was left to receive: nodemailer ended an empty message there (RFC 2920 §3.1).
    return this.#phase === 'body' || this.#replies.isDataTaken ? 'drop' : 'reset';
  }
}
