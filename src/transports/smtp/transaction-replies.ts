import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import type { SmtpReply } from '../../core/failure/smtp-reply.js';
import { smtpReplyOf, type WireReply } from './reply-reader.js';

/** A reply and the command that it answers. @internal */
export interface StagedReply {
  readonly stage: SmtpStage;
  readonly reply: SmtpReply;
}

/**
 * The replies to one envelope, in the order of its commands: the first to MAIL, then one for each recipient, then
 * DATA. The order holds with and without pipelining.
 *
 * @internal
 */
export class TransactionReplies {
  readonly #replies: WireReply[] = [];

  constructor(private readonly recipients: number) {}

  add(replies: readonly WireReply[]): void {
    this.#replies.push(...replies);
  }

  /** The command whose reply is awaited. */
  get awaited(): SmtpStage {
    return this.#stageAt(this.#replies.length);
  }

  get isSenderAccepted(): boolean {
    return isYes(this.#replies[0]);
  }

  /** How many of the first `count` recipients were accepted. */
  accepted(count = this.recipients): number {
    let accepted = 0;
    for (let i = 0; i < count; i++) if (isYes(this.#replies[i + 1])) accepted++;
    return accepted;
  }

  /** The refusal of a recipient; nothing when it was accepted, or not answered. */
  refusalOf(recipient: number): StagedReply | undefined {
    const reply = this.#replies[recipient + 1];
    return reply === undefined || reply.code < 400 ? undefined : this.#at(recipient + 1);
  }

  /** True when the server said that it takes the message, whoever was accepted (RFC 5321 §4.3.2: 354 alone does). */
  get isDataTaken(): boolean {
    return this.#replies[this.recipients + 1]?.code === 354;
  }

  /**
   * An answer that none of the commands can have: neither a refusal nor what was hoped for. From there on the replies
   * may belong to other commands than it seems.
   */
  get misfit(): StagedReply | undefined {
    for (const [i, reply] of this.#replies.entries()) {
      const fits = reply.code >= 400 || (i <= this.recipients ? isYes(reply) : reply.code === 354);
      if (!fits) return this.#at(i);
    }
    return undefined;
  }

  /** True when nobody is left to give the message to: the sender, all recipients, or DATA were refused. */
  get isRefused(): boolean {
    const { length } = this.#replies;
    if (length > 0 && !this.isSenderAccepted) return true;
    return (
      length > this.recipients && (this.accepted() === 0 || length > this.recipients + 1) && !this.isGoAhead
    );
  }

  /** True when there is somebody to give the message to, and the server takes it. */
  get isGoAhead(): boolean {
    return this.accepted() > 0 && this.isDataTaken;
  }

  /** The refusal that ended the envelope: of the sender, else of all recipients, else of DATA. */
  get ending(): StagedReply {
    if (!this.isSenderAccepted) return this.#at(0);
    // Where DATA is refused because nobody was accepted, the reason stands before.
    return this.#at(this.accepted() === 0 ? this.recipients : this.recipients + 1);
  }

  /** The last reply that came. */
  get latest(): StagedReply | undefined {
    return this.#replies.length === 0 ? undefined : this.#at(this.#replies.length - 1);
  }

  #at(index: number): StagedReply {
    const reply = this.#replies[index] ?? { code: 0, consistent: true, raw: '' };
    return { stage: this.#stageAt(index), reply: smtpReplyOf(reply) };
  }

  #stageAt(index: number): SmtpStage {
    if (index <= 0) return 'mail';
    return index <= this.recipients ? 'rcpt' : 'data';
  }
}

function isYes(reply: WireReply | undefined): boolean {
  return reply !== undefined && reply.code >= 200 && reply.code < 300;
}
