import { parseMailbox } from '../../core/address/address.js';
import type { Envelope } from '../../core/mail/envelope.js';
import { fileNameOf } from '../../core/mime/file-name-parameter.js';
import { headerText, parseMime, textOf, type MimePart } from '../../core/mime/mime-part.js';
import { deriveText } from '../../templates/derive-text.js';
import { linksOf } from './message-links.js';
import type { QueriedMail } from './mail-query.js';
import { oneTimeCodeIn } from './one-time-code.js';

/** An attachment as it arrived. @publicApi */
export interface SentAttachment {
  readonly filename?: string | undefined;
  readonly contentType: string;
  /** Without angle brackets, for images in the html. */
  readonly cid?: string | undefined;
  readonly content: Buffer;
}

/** What a mailbox was given together with the message. */
export interface SentMailFacts {
  readonly mailId: string;
  readonly envelope: Envelope;
  readonly raw: Buffer;
  readonly at: Date;
  readonly relay: string;
  readonly transport: string;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A mail that a `TestMailbox` took, read as a recipient would read it.
 *
 * @publicApi
 */
export class SentMail implements QueriedMail {
  readonly mailId: string;
  /** The SMTP sender and the recipients of this delivery. */
  readonly envelope: Envelope;
  /** The RFC 5322 message as it left. */
  readonly raw: Buffer;
  readonly at: Date;
  readonly relay: string;
  readonly transport: string;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  #message: MimePart | undefined;

  /** @internal A mailbox makes it. */
  constructor(facts: SentMailFacts) {
    this.mailId = facts.mailId;
    this.envelope = facts.envelope;
    this.raw = facts.raw;
    this.at = facts.at;
    this.relay = facts.relay;
    this.transport = facts.transport;
    this.stream = facts.stream;
    this.tenant = facts.tenant;
    this.template = facts.template;
    this.tags = facts.tags;
    this.metadata = facts.metadata;
  }

  /** The envelope's recipients, Bcc included. */
  get recipients(): readonly string[] {
    return this.envelope.to;
  }

  /** The address in the From header. */
  get from(): string {
    const header = this.header('from') ?? '';
    try {
      return parseMailbox(header, 'from', { localDomains: ['localhost'] }).address;
    } catch {
      return /<([^<>]*)>/.exec(header)?.[1] ?? header;
    }
  }

  get subject(): string {
    return this.header('subject') ?? '';
  }

  get html(): string | undefined {
    return this.#text('text/html');
  }

  get text(): string | undefined {
    return this.#text('text/plain');
  }

  /** The text part, or the html part laid out as text. */
  get body(): string {
    return this.text ?? deriveText(this.html ?? '');
  }

  get attachments(): readonly SentAttachment[] {
    return leaves(this.#parsed)
      .filter(isAttachment)
      .map((part) => ({
        filename: fileNameOf(part),
        contentType: part.type,
        cid: /<([^<>]*)>/.exec(part.headers.get('content-id') ?? '')?.[1],
        content: part.content,
      }));
  }

  /** A header's value, unfolded and decoded; the first where there are several. Letter case is ignored. */
  header(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#parsed.headers.has(key) ? headerText(this.#parsed, key) : undefined;
  }

  /** The targets of links, each once, in order. */
  links(): readonly string[] {
    return linksOf(this.html, this.text);
  }

  /**
   * The one-time code in the mail.
   *
   * @param pattern where it is, when it is not obvious: its first group, or the whole match
   * @throws TypeError when there is none, or several could be meant
   */
  code(pattern?: RegExp): string {
    const code = oneTimeCodeIn(this.body, pattern);
    if (code !== undefined) return code;
    throw new TypeError(`There is no code in the mail "${this.subject}".`);
  }

  get #parsed(): MimePart {
    return (this.#message ??= parseMime(this.raw));
  }

  #text(type: string): string | undefined {
    const part = leaves(this.#parsed).find((one) => one.type === type && !isAttachment(one));
    return part && textOf(part).replaceAll('\r\n', '\n');
  }
}

function leaves(part: MimePart): readonly MimePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves);
}

const SHOWN_TYPES: ReadonlySet<string> = new Set(['text/plain', 'text/html', 'text/calendar']);

function isAttachment(part: MimePart): boolean {
  if (!SHOWN_TYPES.has(part.type)) return true;
  if (part.type === 'text/calendar')
    return /^attachment\b/i.test(part.headers.get('content-disposition') ?? '');
  return part.headers.has('content-disposition') || fileNameOf(part) !== undefined;
}
