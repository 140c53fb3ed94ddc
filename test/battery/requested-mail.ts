import { domainToASCII } from 'node:url';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import type { SinkMessage } from '../support/smtp-sink.js';
import { headerFields } from './battery-relay.js';
import type { DraftPlan } from './hostile-draft.js';
import { withPlainLineEnds } from './hostile-text.js';
import { PlannedContent } from './planned-content.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What an accepted draft asks for, worked out from the draft alone and with none of the relay's code: whoever reads
 * the draft as a person would expects this.
 */
export class RequestedMail {
  readonly #fields: Fields;

  constructor({ fields }: DraftPlan) {
    this.#fields = fields;
  }

  get mailFrom(): string {
    return addressOf(this.#fields['sender'] ?? this.#fields['from'] ?? 'hello@acme.test');
  }

  /** Each address once, in the order of the draft. */
  get recipients(): readonly string[] {
    return [...new Set(['to', 'cc', 'bcc'].flatMap((field) => this.#mailboxes(field).map(addressOf)))];
  }

  get needsUtf8(): boolean {
    const shown = ['from', 'sender', 'replyTo', 'to', 'cc'].flatMap((field) => this.#mailboxes(field));
    return [this.mailFrom, ...this.recipients, ...shown.map(addressOf)].some((text) => !isAscii(text));
  }

  /** The labels that come back with every event. */
  get labels(): object {
    const { tags = [], metadata = {}, tenant = '', stream = 'transactional' } = this.#fields;
    const entries = Object.entries(metadata as object).filter(([, value]) => value !== undefined);
    return { tags, metadata: entries, tenant, stream };
  }

  /** The names of all headers in lower case, sorted, a name once for each header. */
  headerNames(contentType: string): readonly string[] {
    const { subject, template, sender, inReplyTo, references, list, importance, headers } = this.#fields;
    const names = ['from', 'message-id', 'date', 'mime-version', 'content-type'];
    const has = (condition: boolean, ...more: string[]) => void (condition && names.push(...more));
    has(!contentType.startsWith('multipart/'), 'content-transfer-encoding');
    has(sender !== undefined, 'sender');
    has(this.#mailboxes('replyTo').length > 0, 'reply-to');
    has(this.#mailboxes('to').length > 0, 'to');
    has(this.#mailboxes('cc').length > 0, 'cc');
    has(subject === undefined ? template !== undefined : subject !== '', 'subject');
    has(inReplyTo !== undefined, 'in-reply-to');
    has(references !== undefined && [references].flat().length > 0, 'references');
    has(importance !== undefined, 'importance');
    has(importance === 'high' || importance === 'low', 'x-priority');
    const { id, unsubscribe } = (list ?? {}) as { id?: unknown; unsubscribe?: { oneClick?: unknown } };
    has(id !== undefined, 'list-id');
    has(unsubscribe !== undefined, 'list-unsubscribe');
    has(unsubscribe?.oneClick === true, 'list-unsubscribe-post');
    for (const [name, value] of customHeaders(headers)) {
      for (const _ of value) names.push(name.toLowerCase());
    }
    return names.toSorted();
  }

  /** Reads the message as a client does, and tells where it shows something else than was asked for. */
  async differencesIn(message: SinkMessage): Promise<readonly string[]> {
    const parsed = await simpleParser(message.raw, {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipImageLinks: true,
    });
    return [
      ...this.#headerDifferences(message, parsed),
      ...this.#addressDifferences(parsed),
      ...this.#bodyDifferences(parsed),
      ...this.#partDifferences(parsed),
    ];
  }

  #headerDifferences(message: SinkMessage, parsed: ParsedMail): readonly string[] {
    const { headers, inReplyTo, references, list } = this.#fields;
    const { id } = (list ?? {}) as { id?: string };
    const raw = headerFields(message);
    const subject = this.#subject();
    const differences: string[] = [];
    if (subject !== undefined) {
      const written = raw.find(([name]) => name === 'subject')?.[1] ?? '';
      differences.push(
        ...difference('subject', subject, decoded(written)),
        ...difference('subject as a client shows it', oneSpaced(subject), oneSpaced(parsed.subject ?? '')),
      );
    }
    // Ids are for programs, which decode nothing in them (RFC 2047 §5): they must stand there as they are.
    const literal: [name: string, values: readonly string[]][] = [
      ...customHeaders(headers),
      ['In-Reply-To', inReplyTo === undefined ? [] : [inReplyTo as string]],
      ['References', references === undefined ? [] : [([references].flat() as string[]).join(' ')]],
      ['List-Id', id === undefined ? [] : [`<${id}>`]],
    ];
    for (const [name, values] of literal) {
      const arrived = raw.filter(([other]) => other === name.toLowerCase()).map(([, value]) => value);
      for (const [i, value] of values.entries()) {
        const found = arrived[i] ?? '';
        differences.push(
          ...difference(`header ${name}`, value.trim(), isAscii(value) ? found : decoded(found).trim()),
        );
      }
    }
    return differences;
  }

  /** Undefined where a template makes it of a value that is no text. */
  #subject(): string | undefined {
    const { subject, context } = this.#fields;
    if (typeof subject === 'string') return subject;
    const { name } = (context ?? {}) as { name?: unknown };
    return typeof name === 'string' ? `Note for ${name}`.trim() : undefined;
  }

  #addressDifferences(parsed: ParsedMail): readonly string[] {
    return ['from', 'to', 'cc', 'replyTo', 'sender'].flatMap((field) => {
      const wanted = this.#mailboxes(field).map((input) => [oneSpaced(nameOf(input)), addressOf(input)]);
      if (field === 'from' && wanted.length === 0) wanted.push(['Acme', 'hello@acme.test']);
      const key = field === 'replyTo' ? 'reply-to' : field;
      const given = parsed.headers.get(key) as AddressObject | undefined;
      const found = (given?.value ?? []).map(({ name, address = '' }) => [
        oneSpaced(name),
        normalised(address),
      ]);
      return difference(field, wanted, found);
    });
  }

  #bodyDifferences(parsed: ParsedMail): readonly string[] {
    const { html = '', text, template } = this.#fields;
    if (template !== undefined || this.#hasInlineText()) return [];
    const found = difference(
      'html',
      readable(html),
      readable(parsed.html === false ? '' : (parsed.html ?? '')),
    );
    // Without a text of the draft's own it is derived from the html.
    return text === undefined
      ? found
      : [...found, ...difference('text', readable(text), readable(parsed.text ?? ''))];
  }

  #partDifferences(parsed: ParsedMail): readonly string[] {
    if (this.#hasInlineText()) return [];
    const { calendar } = this.#fields;
    const invitation = calendar as { content: string; filename?: string } | undefined;
    const wanted = [
      ...this.#parts('alternatives'),
      ...this.#parts('attachments'),
      ...(invitation ? [{ content: invitation.content }, invitation] : []),
    ].map((part) => contentOf(part.content));
    const found = parsed.attachments.map(({ content }) => readable(content.toString('latin1')));
    const names = this.#parts('attachments').flatMap(({ filename }) =>
      filename === undefined ? [] : [filename],
    );
    const shown = new Set(parsed.attachments.map(({ filename = '' }) => oneSpaced(filename)));
    return [
      ...difference('parts', wanted.toSorted(), found.toSorted()),
      ...difference(
        'file names',
        [],
        names.filter((name) => !shown.has(oneSpaced(name))),
      ),
      ...difference(
        'cids',
        this.#parts('attachments')
          .flatMap(({ cid }) => (cid === undefined ? [] : [cid]))
          .toSorted(),
        parsed.attachments.flatMap(({ cid }) => (cid === undefined ? [] : [cid])).toSorted(),
      ),
    ];
  }

  /** A text among the inline parts, which a parser takes for a part of the body. */
  #hasInlineText(): boolean {
    return this.#parts('attachments').some(
      ({ cid, disposition, contentType }) =>
        (disposition ?? (cid === undefined ? 'attachment' : 'inline')) === 'inline' &&
        contentType !== 'image/png',
    );
  }

  #parts(field: 'attachments' | 'alternatives') {
    return (this.#fields[field] ?? []) as readonly Readonly<
      Record<'filename' | 'contentType' | 'cid' | 'disposition', string | undefined> & { content: unknown }
    >[];
  }

  #mailboxes(field: string): readonly unknown[] {
    const input = this.#fields[field];
    return input === undefined ? [] : [input].flat();
  }
}

/** The addr-spec of an address that was accepted, its domain in lower-case A-labels. */
function addressOf(input: unknown): string {
  const text = typeof input === 'string' ? input : (input as { address: string }).address;
  return normalised(typeof input === 'string' ? (/<([^<>]*)>$/.exec(text)?.[1] ?? text) : text);
}

function normalised(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`;
}

function nameOf(input: unknown): string {
  if (typeof input !== 'string') return blankIsNone((input as { name?: string }).name ?? '');
  const name = /^(.*?) *<[^<>]*>$/s.exec(input)?.[1] ?? '';
  return blankIsNone(name.startsWith('"') ? name.slice(1, -1).replace(/\\(.)/gs, '$1') : name);
}

function blankIsNone(name: string): string {
  return name.trim() === '' ? '' : name;
}

/** The caller's own headers by name, with as many values as headers are asked for. */
function customHeaders(headers: unknown): [name: string, values: readonly string[]][] {
  return Object.entries((headers ?? {}) as Record<string, string | readonly string[] | undefined>).map(
    ([name, value]) => [name, value === undefined ? [] : [value].flat()],
  );
}

/** The parser makes one space of the blanks at which a header was folded. */
function oneSpaced(text: string): string {
  return text.replace(/ +/g, ' ');
}

/** Reads encoded words; the blanks between two of them are folding (RFC 2047 §6.2). */
function decoded(value: string): string {
  return value
    .replace(/(?<=\?=)\s+(?==\?)/g, '')
    .replace(/(?:=\?UTF-8\?[QB]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(words.split(/(?<=\?=)(?==\?)/).map(octetsOfWord)).toString(),
    );
}

function octetsOfWord(word: string): Buffer {
  const [, , encoding, text = ''] = word.split('?');
  if (encoding?.toUpperCase() === 'B') return Buffer.from(text, 'base64');
  return Buffer.from(
    text
      .replaceAll('_', ' ')
      .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
}

/** What arrives of a part's content, its line ends apart: octets as they are, text as UTF-8. */
function contentOf(content: unknown): string {
  if (content instanceof PlannedContent) return contentOf(content.text);
  if (typeof content === 'function') return contentOf((content as () => unknown)());
  const octets = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(content as string);
  return readable(octets.toString('latin1'));
}

function readable(text: unknown): string {
  return withPlainLineEnds(wellFormed(text as string));
}

/** Half a surrogate pair cannot be written in UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function difference(what: string, wanted: unknown, found: unknown): readonly string[] {
  const [a, b] = [JSON.stringify(wanted), JSON.stringify(found)];
  return a === b ? [] : [`${what}: wanted ${cut(a)}, found ${cut(b)}`];
}

function cut(text: string | undefined): string {
  return (text ?? 'nothing').slice(0, 600);
}
