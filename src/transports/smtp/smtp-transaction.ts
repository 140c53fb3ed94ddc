import { isAscii as isAsciiBuffer } from 'node:buffer';
import { isAscii } from '../../core/address/ascii.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import type { DeliveryFailure, SmtpStage } from '../../core/failure/delivery-failure.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';
import type { ProviderName } from '../../core/failure/provider.js';
import type { SmtpReply } from '../../core/failure/smtp-reply.js';
import { abortEvidence } from '../abort-evidence.js';
import { signWithDkim } from '../dkim-signer.js';
import type { TransportRequest } from '../mail-transport.js';
import { mailCommand, rcptCommand, unsafeAddress } from './envelope-commands.js';
import type { Exchange } from './exchange.js';
import { deliverMessage } from './message-delivery.js';
import { remoteMessageId } from './remote-message-id.js';
import { smtpReplyOf } from './reply-reader.js';
import type { SmtpClient } from './smtp-client.js';
import { UNASKED } from './smtp-wire.js';
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
/** MAIL has a parameter that the server offered and now does not know (RFC 5321 §4.1.1.11, §4.2.4). */
const UNKNOWN_PARAMETER: ReadonlySet<number> = new Set([501, 504, 555]);

/**
 * One message over one connection: MAIL to the reply to the final dot, and from that an outcome for every recipient.
 *
 * The replies are the truth; where there is none, what had left by then decides what the loss means.
 *
 * @internal
 */
export class SmtpTransaction {
  #replies: TransactionReplies;
  /** `envelope` until the go-ahead, `body` until everything but the dot is gone, `dot` from then on. */
  #phase: 'envelope' | 'body' | 'dot' = 'envelope';
  /** Whether the replies of the envelope belong to whom they seem to. */
  #isInStep = true;

  constructor(
    private readonly client: SmtpClient,
    private readonly request: TransportRequest,
    private readonly provider: ProviderName | undefined,
    private readonly replyTimeoutMs: number,
  ) {
    this.#replies = new TransactionReplies(request.envelope.to.length);
  }

  /** Never rejects. To be called once. */
  async run(): Promise<TransactionEnd> {
    const { signal } = this.request;
    const obstacle = signal.aborted ? abortEvidence(signal, 'mail') : this.#obstacle();
    if (obstacle !== undefined) return this.#failedEnd(obstacle, 'keep');
    const onAbort = () => this.client.close(abortEvidence(signal, this.#stage()));
    signal.addEventListener('abort', onAbort);
    const end = (await this.#giveEnvelope()) ?? (await this.#giveMessage());
    signal.removeEventListener('abort', onAbort);
    return end;
  }

  /** What forbids the message at this server, as far as its EHLO tells. */
  #obstacle(): CommonFailure | undefined {
    const { smtpUtf8, maxSizeBytes } = this.client.capabilities;
    const { from, to } = this.request.envelope;
    if ([from, ...to].some(unsafeAddress))
      return { provenance: 'local', stage: 'mail', errorCode: 'EENVELOPE' };
    if (!smtpUtf8 && this.#needsUtf8()) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESMTPUTF8' };
    }
    if (maxSizeBytes > 0 && this.#sizeBytes() > maxSizeBytes) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESIZE' };
    }
    return undefined;
  }

  /** MAIL, RCPT and DATA. Gives the end of the transaction, or nothing when the message may follow. */
  async #giveEnvelope(): Promise<TransactionEnd | undefined> {
    const { client } = this;
    let loss = await this.#converse(mailCommand(this.request.envelope.from, this.#parameters()));
    if (loss === undefined && this.#isParameterUnknown()) {
      // What is only useful is left out, once. What the message needs stays.
      const plain = { ...client.capabilities, size: false, eightBitMime: false };
      const command = mailCommand(this.request.envelope.from, {
        ...this.#parameters(),
        size: undefined,
        body8: false,
      });
      this.#replies = new TransactionReplies(this.request.envelope.to.length);
      loss = await this.#converse(command);
      if (this.#replies.isSenderAccepted) client.capabilities = plain;
    }
    return this.#judgeEnvelope(loss);
  }

  /** Sends the envelope, in one go where the server can take that. Gives what ended the connection meanwhile. */
  async #converse(mail: string): Promise<CommonFailure | undefined> {
    const { to } = this.request.envelope;
    if (this.client.capabilities.pipelining) {
      // RFC 2920 §3.1: DATA may be the last of a group.
      const exchange = await this.#exchange(`${mail}${to.map(rcptCommand).join('')}DATA\r\n`, to.length + 2);
      return this.#lossOf(exchange);
    }
    let exchange = await this.#exchange(mail, 1);
    for (let i = 0; i < to.length && this.#replies.isSenderAccepted && exchange.end === undefined; i++) {
      exchange = await this.#exchange(rcptCommand(to[i] ?? ''), 1);
    }
    if (exchange.end === undefined && this.#replies.accepted() > 0)
      exchange = await this.#exchange('DATA\r\n', 1);
    return this.#lossOf(exchange);
  }

  async #exchange(commands: string, replies: number): Promise<Exchange> {
    const exchange = this.client.wire.exchange(commands, replies, this.replyTimeoutMs);
    await exchange.done;
    this.#replies.add(exchange.replies);
    return exchange;
  }

  #lossOf({ end }: Exchange): CommonFailure | undefined {
    const ended = this.client.wire.ended;
    // More replies than commands: which is whose?
    if (ended?.errorCode === UNASKED && this.#replies.latest !== undefined) this.#isInStep = false;
    if (end === undefined) return undefined;
    // Its farewell is the answer to the command that it came to.
    if (end.provenance === 'smtp' && end.errorCode === undefined) return { ...end, ...this.#replies.latest };
    return { ...end, stage: this.#replies.awaited };
  }

  #judgeEnvelope(loss: CommonFailure | undefined): TransactionEnd | undefined {
    const replies = this.#replies;
    const misfit = replies.misfit ?? (this.#isInStep ? undefined : replies.latest);
    if (misfit !== undefined) {
      this.#isInStep = false;
      return this.#fail({ provenance: 'smtp', ...misfit, errorCode: 'EPROTOCOL' });
    }
    if (replies.isRefused) {
      const utf8 = replies.ending.stage === 'mail' && this.#needsUtf8() && this.#isParameterUnknown();
      if (utf8) return this.#fail({ provenance: 'local', ...replies.ending, errorCode: 'ESMTPUTF8' });
      return this.#fail({ provenance: 'smtp', ...replies.ending });
    }
    return loss === undefined ? undefined : this.#fail(loss);
  }

  async #giveMessage(): Promise<TransactionEnd> {
    const { client, request } = this;
    this.#phase = 'body';
    client.wire.stage = 'body';
    // From here on whatever comes is about the message.
    const answer = client.wire.exchange('', 1, this.replyTimeoutMs);
    const message = await Promise.race([this.#load(), answer.done]);
    if (message === undefined || answer.settled) return this.#answered(answer);
    if (typeof message === 'string') return this.#refuse(message);
    const stop = await deliverMessage(
      client.wire,
      answer,
      message,
      this.replyTimeoutMs,
      request.handOver,
      () => (this.#phase = 'dot'),
    );
    if (stop?.by === 'us') return this.#refuse(stop.errorCode);
    await answer.done;
    return this.#answered(answer);
  }

  /** The octets to send, or why there are none. */
  async #load(): Promise<Buffer | string> {
    const { request, client } = this;
    let message: Buffer;
    // A turn later, so that what came together with the go-ahead is seen first: it would be taken for the answer to a
    // dot that was never sent.
    await new Promise(setImmediate);
    try {
      message = await request.message();
    } catch {
      return 'EMESSAGEREAD';
    }
    // RFC 6152 §3: octets above 127 go only to who said that it takes them.
    if (!client.capabilities.eightBitMime && !isAsciiBuffer(message)) return 'E8BITMIME';
    if (request.dkim === undefined) return message;
    try {
      return await signWithDkim(message, request.dkim);
    } catch {
      return 'EDKIM';
    }
  }

  /** Reads the answer to the message, whenever it came. */
  #answered({ replies: [answer], end }: Exchange): TransactionEnd {
    const stage = this.#stage();
    const endOfDataSent = this.#phase === 'dot';
    if (answer === undefined) {
      return this.#fail({ ...(end ?? { provenance: 'network' }), stage, endOfDataSent });
    }
    const reply = smtpReplyOf(answer);
    if (endOfDataSent && reply.code < 300) return this.#succeed(reply);
    // Before the dot a positive answer is one to something that was not sent: the server has no message.
    return this.#fail({ provenance: 'smtp', stage, reply, endOfDataSent });
  }

  /** Ends the try for a reason of our own, before the dot. */
  #refuse(errorCode: string): TransactionEnd {
    return this.#fail({ provenance: 'local', stage: 'body', errorCode });
  }

  #succeed(reply: SmtpReply): TransactionEnd {
    const providerMessageId = remoteMessageId(reply.text);
    const sent =
      providerMessageId === undefined
        ? ({ state: 'sent', reply } as const)
        : ({ state: 'sent', reply, providerMessageId } as const);
    const outcomes = this.request.envelope.to.map(
      (address, i): DeliveryOutcome => this.#refused(address, i) ?? { address, ...sent },
    );
    return { outcomes, connection: 'keep', lost: false };
  }

  #fail(failure: CommonFailure): TransactionEnd {
    const connection = this.#fateAfter(failure);
    // Before anything else: what has not left by now must not leave any more.
    if (connection === 'drop') this.client.close();
    return this.#failedEnd(failure, connection);
  }

  /** Recipients that were refused keep their own reply; everyone else shares what ended the transaction. */
  #failedEnd(evidence: CommonFailure, connection: ConnectionFate): TransactionEnd {
    const shared = this.#classify(evidence, this.#replies.accepted());
    // The sender was refused: what was said to the recipients of a transaction that there is not, means nothing.
    const areOwn = evidence.stage !== 'mail' && this.#isInStep;
    const outcomes = this.request.envelope.to.map(
      (address, i) => (areOwn ? this.#refused(address, i) : undefined) ?? failedOutcome(address, shared),
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
    const { client } = this;
    if (client.ended || (provenance !== 'smtp' && provenance !== 'local') || reply === undefined)
      return 'drop';
    // 421 announces the end; 500 to 503 mean that the two no longer understand each other.
    if (reply.code < 400 || reply.code === 421 || (reply.code >= 500 && reply.code <= 503)) return 'drop';
    if (this.#phase === 'dot') return 'keep';
    // DATA was taken although nobody was left to receive: only a message of nothing would end that (RFC 2920 §3.1).
    return this.#phase === 'body' || this.#replies.isDataTaken ? 'drop' : 'reset';
  }

  /** Where a loss strikes. */
  #stage(): SmtpStage {
    if (this.#phase === 'envelope') return this.#replies.awaited;
    return this.#phase === 'body' ? 'body' : 'eod';
  }

  #parameters() {
    const { size, eightBitMime } = this.client.capabilities;
    return { size: size ? this.#sizeBytes() : undefined, body8: eightBitMime, utf8: this.#needsUtf8() };
  }

  #isParameterUnknown(): boolean {
    const { stage, reply } = this.#replies.ending;
    return stage === 'mail' && UNKNOWN_PARAMETER.has(reply.code);
  }

  #needsUtf8(): boolean {
    const { from, to } = this.request.envelope;
    return this.request.smtpUtf8 || !isAscii(from) || !to.every(isAscii);
  }

  #sizeBytes(): number {
    return this.request.sizeBytes + (this.request.dkim === undefined ? 0 : DKIM_HEADER_BYTES);
  }
}
