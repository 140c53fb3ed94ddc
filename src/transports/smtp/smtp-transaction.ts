import { isAscii as isAsciiBuffer } from 'node:buffer';
import { isAscii } from '../../core/ascii.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/delivery-outcome.js';
import type { SmtpStage } from '../../core/delivery-failure.js';
import { classifyFailure } from '../../core/failure-classifier.js';
import type { FailureEvidence } from '../../core/failure-evidence.js';
import type { ProviderName } from '../../core/provider.js';
import { parseSmtpReply, type SmtpReply } from '../../core/smtp-reply.js';
import { signWithDkim } from '../dkim-signer.js';
import type { TransportRequest } from '../mail-transport.js';
import { abortEvidence } from '../abort-evidence.js';
import { MessageSource, type MessageSupply } from './message-source.js';
import { remoteMessageId } from './remote-message-id.js';
import type { SmtpClient, SmtpClientListener } from './smtp-client.js';
import { smtpErrorEvidence } from './smtp-error-evidence.js';

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
 * The replies are the truth: the first belongs to MAIL, the next to the recipients in their order, then DATA, then
 * the dot. Where the transaction stands decides what a loss means.
 *
 * @internal
 */
export class SmtpTransaction implements SmtpClientListener, MessageSupply {
  readonly #replies: string[] = [];
  readonly #source = new MessageSource(this);
  /** `envelope` until the go-ahead, `body` until everything but the dot is gone, `dot` from then on. */
  #phase: 'envelope' | 'body' | 'dot' = 'envelope';
  #settle: ((end: TransactionEnd) => void) | undefined;

  constructor(
    private readonly client: SmtpClient,
    private readonly request: TransportRequest,
    private readonly provider: ProviderName | undefined,
  ) {}

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
      client.send({ from, to: [...to], size: this.#sizeBytes(), use8BitMime: true }, this.#source, this);
    });
  }

  reply(raw: string): void {
    this.#replies.push(raw);
  }

  accepted(): void {
    const reply = parseSmtpReply(this.#replies.at(-1) ?? '');
    if (this.#phase !== 'dot') {
      // An answer to a dot that was not sent: whatever the server means by it, it has no message.
      this.#fail({ provenance: 'smtp', stage: 'body', reply, errorCode: 'EPROTOCOL' });
    } else if (isPositive(reply)) {
      this.#succeed(reply);
    } else {
      this.#fail({ provenance: 'smtp', stage: 'eod', reply, endOfDataSent: true });
    }
  }

  failed(error: unknown): void {
    const stage = this.#stage();
    const endOfDataSent = this.#phase === 'dot';
    const evidence = smtpErrorEvidence(error, stage);
    if (evidence.provenance === 'smtp')
      this.#fail({ ...evidence, ...this.#endingReply(evidence.reply), endOfDataSent });
    else if (this.client.closedByUs) this.#fail({ provenance: 'aborted', stage, endOfDataSent });
    else this.#fail({ ...evidence, stage, endOfDataSent });
  }

  load(): Buffer | undefined | Promise<Buffer | undefined> {
    const objection = this.#objectionToGoAhead();
    if (objection !== undefined) {
      this.#fail(objection);
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
    if (!smtpUtf8 && ![from, ...to].every(isAscii)) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESMTPUTF8' };
    }
    if (maxSizeBytes > 0 && this.#sizeBytes() > maxSizeBytes) {
      return { provenance: 'local', stage: 'mail', errorCode: 'ESIZE' };
    }
    return undefined;
  }

  /** nodemailer also starts the body after a 2yz, and judges replies by their first digit only. */
  #objectionToGoAhead(): CommonFailure | undefined {
    const replies = this.#replies;
    const last = replies.length - 1;
    const index = replies.findIndex((raw, i) => (i === last ? !isGoAhead(raw) : answerOf(raw) === 'unclear'));
    if (index === -1) return undefined;
    const reply = parseSmtpReply(replies[index] ?? '');
    return { provenance: 'smtp', stage: this.#stageAt(index), reply, errorCode: 'EPROTOCOL' };
  }

  /** Where a loss strikes: at the command whose reply is awaited. */
  #stage(): SmtpStage {
    if (this.#phase === 'envelope') return this.#stageAt(this.#replies.length);
    return this.#phase === 'body' ? 'body' : 'eod';
  }

  /**
   * The reply that ended the transaction. With pipelining it is not the last one: the server has answered every
   * command of the envelope by the time nodemailer gives up on the first.
   *
   * @param unread stands in when the peer sent something that is no reply at all
   */
  #endingReply(unread: SmtpReply | undefined): Pick<CommonFailure, 'stage' | 'reply'> {
    const replies = this.#replies;
    const recipients = this.request.envelope.to.length;
    let index = replies.length - 1;
    if (index === -1) return { stage: this.#stage(), reply: unread };
    if (this.#phase !== 'envelope')
      return { stage: this.#stage(), reply: parseSmtpReply(replies[index] ?? '') };
    if (answerOf(replies[0] ?? '') !== 'yes') index = 0;
    else if (index > recipients && !this.#isAnyoneAccepted()) index = recipients;
    return { stage: this.#stageAt(index), reply: parseSmtpReply(replies[index] ?? '') };
  }

  #isAnyoneAccepted(): boolean {
    return this.request.envelope.to.some((_, i) => answerOf(this.#replies[i + 1] ?? '') === 'yes');
  }

  #stageAt(index: number): SmtpStage {
    if (index <= 0) return 'mail';
    return index <= this.request.envelope.to.length ? 'rcpt' : 'data';
  }

  #succeed(reply: SmtpReply): void {
    const providerMessageId = remoteMessageId(reply.text);
    const sent =
      providerMessageId === undefined
        ? ({ state: 'sent', reply } as const)
        : ({ state: 'sent', reply, providerMessageId } as const);
    const { to } = this.request.envelope;
    let accepted = 0;
    const outcomes = to.map((address, i): DeliveryOutcome => {
      const refusal = this.#refusal(i);
      if (refusal !== undefined) return this.#outcome(address, refusal, accepted);
      accepted++;
      return { address, ...sent };
    });
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
  #failedEnd(failure: CommonFailure, connection: ConnectionFate): TransactionEnd {
    const { to } = this.request.envelope;
    const outcomes: DeliveryOutcome[] = [];
    let accepted = 0;
    const senderRefused = failure.stage === 'mail';
    for (const [i, address] of to.entries()) {
      const refusal = senderRefused ? undefined : this.#refusal(i);
      outcomes.push(this.#outcome(address, refusal ?? failure, accepted));
      if (refusal === undefined && i + 1 < this.#replies.length) accepted++;
    }
    const { provenance, reply } = failure;
    const lost =
      this.#phase === 'envelope' &&
      (provenance === 'network' || (provenance === 'smtp' && reply?.code === 421));
    return { outcomes, connection, lost };
  }

  #refusal(recipient: number): CommonFailure | undefined {
    const raw = this.#replies[recipient + 1];
    const answer = raw === undefined ? 'yes' : answerOf(raw);
    if (raw === undefined || answer === 'yes') return undefined;
    const refusal = { provenance: 'smtp', stage: 'rcpt', reply: parseSmtpReply(raw) } as const;
    return answer === 'no' ? refusal : { ...refusal, errorCode: 'EPROTOCOL' };
  }

  #outcome(address: string, failure: CommonFailure, acceptedBefore: number): DeliveryOutcome {
    const { provider } = this;
    return failedOutcome(
      address,
      classifyFailure({ ...failure, acceptedBefore, upstream: 'relay', provider }),
    );
  }

  #fateAfter({ provenance, reply }: CommonFailure): ConnectionFate {
    if (provenance !== 'smtp' || reply === undefined || !reply.consistent || this.client.ended) return 'drop';
    // 421 announces the end; 500 to 504 mean that the two no longer understand each other.
    if (reply.code < 400 || reply.code === 421 || (reply.code >= 500 && reply.code <= 504)) return 'drop';
    if (this.#phase === 'dot') return 'keep';
    // DATA was taken although nobody was left to receive: nodemailer ended an empty message there (RFC 2920 §3.1).
    const toData = this.#replies[this.request.envelope.to.length + 1];
    return this.#phase === 'body' || toData?.startsWith('3') === true ? 'drop' : 'reset';
  }
}

function isPositive(reply: SmtpReply): boolean {
  return reply.code >= 200 && reply.code < 300 && reply.consistent;
}

/** What a reply to MAIL or RCPT says; `unclear` where nodemailer and we would not agree, or where it contradicts itself. */
function answerOf(raw: string): 'yes' | 'no' | 'unclear' {
  if (/^2\d\d(?: [^\n]*)?$/.test(raw)) return 'yes';
  const { code, consistent } = parseSmtpReply(raw);
  if (!consistent) return 'unclear';
  if (code >= 400) return 'no';
  return code >= 200 && code < 300 && raw.startsWith('2') ? 'yes' : 'unclear';
}

/** @see RFC 5321 §4.3.2: 354 is the only positive answer to DATA */
function isGoAhead(raw: string): boolean {
  if (/^354(?: [^\n]*)?$/.test(raw)) return true;
  const { code, consistent } = parseSmtpReply(raw);
  return code === 354 && consistent;
}
