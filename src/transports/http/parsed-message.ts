import { domainToASCII } from 'node:url';
import type { AddressObject, EmailAddress, ParsedMail, SimpleParserOptions } from 'mailparser';
import { Inexpressible } from './inexpressible.js';

/** An address as APIs want it. @internal */
export interface ParsedAddress {
  readonly name: string;
  /** The domain in A-labels. */
  readonly address: string;
}

/** A file of a message. @internal */
export interface ParsedFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
  /** What the html calls it by. */
  readonly cid?: string | undefined;
}

/** A further rendering of the content, an invitation for example. @internal */
export interface ParsedRendering {
  readonly contentType: string;
  readonly content: string;
}

/** A message taken apart, for an API that composes it anew. @internal */
export interface ParsedMessage {
  readonly from: ParsedAddress;
  readonly to: readonly ParsedAddress[];
  readonly cc: readonly ParsedAddress[];
  readonly replyTo: readonly ParsedAddress[];
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly files: readonly ParsedFile[];
  readonly renderings: readonly ParsedRendering[];
  /** Every other header field, in ASCII, on one line. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Written from fields of their own, by whoever composes the message. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'dkim-signature',
]);

/** Nothing may be added to what the message says: no html out of its text, no links, no images out of its parts. */
const OPTIONS: SimpleParserOptions & { readonly ignoreEmbedded: boolean } = {
  keepCidLinks: true,
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  // A message that is attached is a file, not more text.
  ignoreEmbedded: true,
};

/**
 * Takes a message apart.
 *
 * @throws Inexpressible when it has no single author, or cannot be read
 * @internal
 */
export async function parseMessage(message: Buffer): Promise<ParsedMessage> {
  const { simpleParser } = await import('mailparser');
  let mail: ParsedMail;
  try {
    mail = await simpleParser(message, OPTIONS);
  } catch {
    throw new Inexpressible('EPART');
  }
  const [from, ...others] = addressesOf(mail.from);
  if (from === undefined || others.length > 0) throw new Inexpressible('EHEADER');
  return {
    from,
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    replyTo: addressesOf(mail.replyTo),
    subject: mail.subject ?? '',
    text: mail.text === '' ? undefined : mail.text,
    html: mail.html === false ? undefined : mail.html,
    files: mail.attachments.filter(isFile).map(({ filename, cid, content, ...part }) => ({
      fileName: filename ?? '',
      contentType: writtenType(part),
      content,
      cid,
    })),
    renderings: mail.attachments
      .filter((part) => !isFile(part))
      .map((part) => ({ contentType: writtenType(part, 'method'), content: part.content.toString('utf8') })),
    headers: mail.headerLines.filter(({ key }) => !OWN_FIELDS.has(key)).map(({ line }) => fieldOf(line)),
  };
}

type Part = ParsedMail['attachments'][number];

/** Our files always say how they are to be shown; what says nothing is one of the renderings. */
function isFile({ contentDisposition }: Pick<Part, 'contentDisposition'>): boolean {
  return typeof contentDisposition === 'string';
}

/** As it was written: the parser guesses a better one from the file's name. */
function writtenType(
  { headers, contentType }: Pick<Part, 'headers' | 'contentType'>,
  param?: string,
): string {
  const written: unknown = headers.get('content-type');
  if (typeof written !== 'object' || written === null || !('value' in written)) return contentType;
  const type = String(written.value);
  const params = 'params' in written ? (written.params as Readonly<Record<string, unknown>>) : {};
  const value = param === undefined ? undefined : params[param];
  return typeof value === 'string' && /^[A-Za-z]{1,32}$/.test(value) ? `${type}; ${param}=${value}` : type;
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): readonly ParsedAddress[] {
  if (header === undefined) return [];
  return [header].flat().flatMap(({ value }) => value.flatMap(membersOf));
}

function membersOf({ name, address, group }: EmailAddress): readonly ParsedAddress[] {
  if (group !== undefined) return group.flatMap(membersOf);
  if (address === undefined || address === '') return [];
  const at = address.lastIndexOf('@');
  // The parser shows domains in Unicode; the envelope holds A-labels.
  const domain = domainToASCII(address.slice(at + 1)).toLowerCase();
  return [{ name, address: `${address.slice(0, at)}@${domain}` }];
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).replace(/\r?\n(?=[\t ])/g, '');
  return [line.slice(0, colon), value.trim()];
}
