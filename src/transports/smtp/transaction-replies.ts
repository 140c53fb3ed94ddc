import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { parseSmtpReply, type SmtpReply } from '../../core/failure/smtp-reply.js';

/** A reply and the command that it answers. @internal */
export interface StagedReply {
  readonly stage: SmtpStage;
  readonly reply: SmtpReply;
}

/** `unclear`: a reply that contradicts itself, or that nodemailer and we would not read in the same way. */
type Answer = 'yes' | 'no' | 'unclear';

/**
 * The replies to one envelope, in the order of its commands: the first to MAIL, then one for each recipient, then
 * DATA. The order holds with and without pipelining; that is why outcomes are read from here and not from nodemailer's
 * errors, which keep only a part.
 *
 * @internal
 */
export class TransactionReplies {
  readonly #raw: string[] = [];
  /** What MAIL and the recipients were told, read once: there may be a thousand. */
  readonly #answers: Answer[] = [];

  constructor(private readonly recipients: number) {}

  add(raw: string): void {
    this.#raw.push(raw);
    if (this.#answers.length <= this.recipients) this.#answers.push(answerOf(raw));
  }

  get last(): SmtpReply {
    return parseSmtpReply(this.#raw.at(-1) ?? '');
  }

  /** The command whose reply is awaited. */
  get awaited(): SmtpStage {
    return this.#stageAt(this.#raw.length);
  }

  /** How many of the first `count` recipients were accepted. */
  accepted(count = this.recipients): number {
    let accepted = 0;
    for (let i = 0; i < count; i++) if (this.#answers[i + 1] === 'yes') accepted++;
    return accepted;
  }

  /** The refusal of a recipient; nothing when it was accepted, or not answered. */
  refusalOf(recipient: number): StagedReply | undefined {
    const answer = this.#answers[recipient + 1];
    if (answer === undefined || answer === 'yes') return undefined;
    return this.#at(recipient + 1);
  }

  /**
   * What speaks against giving the message although nodemailer would give it: that takes any 2yz for the go-ahead,
   * and judges a reply by its first digit.
   */
  objectionToGoAhead(): StagedReply | undefined {
    const unclear = this.#answers.indexOf('unclear');
    if (unclear !== -1) return this.#at(unclear);
    const last = this.#raw.length - 1;
    return isGoAhead(this.#raw[last] ?? '') ? undefined : this.#at(last);
  }

  /**
   * The reply that ended the envelope. With pipelining it need not be the last one: the server has answered every
   * command by the time that nodemailer gives up because of the first.
   */
  ending(): StagedReply {
    const last = this.#raw.length - 1;
    if (this.#answers[0] !== 'yes') return this.#at(0);
    // DATA is refused because nobody was accepted: the reason stands before.
    if (last > this.recipients && this.accepted() === 0) return this.#at(this.recipients);
    return this.#at(last);
  }

  /** True when DATA was taken, whoever was accepted. */
  get isDataTaken(): boolean {
    return this.#raw[this.recipients + 1]?.startsWith('3') === true;
  }

  #at(index: number): StagedReply {
    return { stage: this.#stageAt(index), reply: parseSmtpReply(this.#raw[index] ?? '') };
  }

  #stageAt(index: number): SmtpStage {
    if (index <= 0) return 'mail';
    return index <= this.recipients ? 'rcpt' : 'data';
  }
}

function answerOf(raw: string): Answer {
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
