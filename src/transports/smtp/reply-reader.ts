import { parseSmtpReply, type SmtpReply } from '../../core/failure/smtp-reply.js';

/** One reply as it came over the wire. @internal */
export interface WireReply {
  /** The basic code, 200 to 599; 0 when a line had none, after which nothing is read any more. */
  readonly code: number;
  /** False when its lines disagree: never a success (RFC 5321 §4.2.1). */
  readonly consistent: boolean;
  /** Its lines, separated by LF, as far as they are kept. */
  readonly raw: string;
}

/** A reply that is longer than this is cut off, and the peer with it. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** No more is kept: the codes of the rest are still read. */
const MAX_KEPT_BYTES = 64 * 1024;
/** What is kept of every line all the same: its code. */
const MIN_KEPT_OF_LINE = 16;
const LF = 0x0a;
const LINE = /^[ \t]*([2-5]\d\d)([ \t-]|$)/;

/**
 * Makes replies of octets, however these come in pieces. Pure, takes time in proportion to the octets, and holds a
 * bounded number of them.
 *
 * A line without a code ends its reply, and the reading: the two sides no longer mean the same command.
 *
 * @see RFC 5321 §4.2
 * @internal
 */
export class ReplyReader {
  /** Lines of the reply that has begun. */
  #lines: string[] = [];
  /** Pieces of the line that has begun. */
  #pieces: Buffer[] = [];
  /** Octets of them that are kept. */
  #lineBytes = 0;
  #keptBytes = 0;
  #replyBytes = 0;
  #code = 0;
  #consistent = true;
  #broken = false;

  /** The replies that these octets completed. */
  push(chunk: Buffer): readonly WireReply[] {
    const replies: WireReply[] = [];
    for (let from = 0; from < chunk.length && !this.#broken;) {
      const at = chunk.indexOf(LF, from);
      const end = at === -1 ? chunk.length : at + 1;
      this.#replyBytes += end - from;
      if (this.#replyBytes > MAX_REPLY_BYTES) {
        replies.push(this.#break(''));
        break;
      }
      this.#keep(chunk, from, at === -1 ? end : at);
      from = end;
      if (at === -1) break;
      const reply = this.#endLine();
      if (reply !== undefined) replies.push(reply);
    }
    return replies;
  }

  /** True when octets came that belong to no complete reply, be they blank. */
  get hasRest(): boolean {
    return this.#replyBytes > 0;
  }

  /** True when a reply has begun: something that is not blank. */
  get isMidReply(): boolean {
    return this.#lines.length > 0 || this.#pieces.some((piece) => piece.toString('latin1').trim() !== '');
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const room = Math.max(MAX_KEPT_BYTES - this.#keptBytes, MIN_KEPT_OF_LINE - this.#lineBytes);
    const length = Math.min(to - from, room);
    if (length <= 0) return;
    this.#keptBytes += length;
    this.#lineBytes += length;
    this.#pieces.push(chunk.subarray(from, from + length));
  }

  #endLine(): WireReply | undefined {
    const [first] = this.#pieces;
    const octets = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first;
    this.#pieces = [];
    this.#lineBytes = 0;
    const line = octets === undefined ? '' : octets.toString('utf8').trimEnd();
    // Some servers send an empty line before a reply, or within it.
    if (line === '') return undefined;
    const match = LINE.exec(line);
    if (match === null) return this.#break(line);
    const code = Number(match[1]);
    if (this.#lines.length === 0) this.#code = code;
    else if (!isSame(code, this.#code)) this.#consistent = false;
    this.#lines.push(line);
    if (match[2] === '-') return undefined;
    return this.#complete(this.#code);
  }

  #break(line: string): WireReply {
    this.#lines.push(line);
    this.#broken = true;
    return this.#complete(0);
  }

  #complete(code: number): WireReply {
    const [only = ''] = this.#lines;
    const raw = this.#lines.length === 1 ? only : this.#lines.join('\n');
    const reply = { code, consistent: this.#consistent, raw };
    this.#lines = [];
    this.#pieces = [];
    this.#lineBytes = 0;
    this.#keptBytes = 0;
    this.#replyBytes = 0;
    this.#consistent = true;
    return reply;
  }
}

/** A refusal stays one, whichever of its codes holds; of what is no refusal every digit has to agree. */
function isSame(code: number, first: number): boolean {
  return code === first || (first >= 400 && Math.trunc(code / 100) === Math.trunc(first / 100));
}

/** The reply as it is stored and classified. @internal */
export function smtpReplyOf({ code, consistent, raw }: WireReply): SmtpReply {
  const reply = parseSmtpReply(raw);
  // What was read of an answer that broke off in a line without a code is not its code.
  return { ...reply, code: code === 0 ? 0 : reply.code, consistent: consistent && reply.consistent };
}
