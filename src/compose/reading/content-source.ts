import type { Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import type { AttachmentContent } from '../../core/mail/mail-draft.js';
import { ownFields } from '../../core/own-fields.js';
import type { MessageFields } from '../compose-request.js';

/** Content by the way it is read. @internal */
export type ContentSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: Readable }
  | { readonly kind: 'web-stream'; readonly stream: ReadableStream<Uint8Array> }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'opener'; readonly open: () => AttachmentContent | Promise<AttachmentContent> };

/** More than a message may have; a draft that claims millions must not be walked to be refused. */
const MAX_PARTS = 1000;

/** What content may be, for error messages. @internal */
export const CONTENT_KINDS = 'a string, a Uint8Array, a stream, a Blob or a function that opens one';

/**
 * Tells how content is read; undefined when it is of none of the kinds. Streams are recognised by what they can do,
 * because those of another realm or library are no instances of ours.
 *
 * @internal
 */
export function contentSourceOf(content: unknown): ContentSource | undefined {
  if (typeof content === 'string') return { kind: 'text', text: content };
  if (typeof content === 'function') return { kind: 'opener', open: content as () => AttachmentContent };
  if (isUint8Array(content)) return { kind: 'octets', octets: content };
  if (typeof content !== 'object' || content === null) return undefined;
  if (content instanceof Blob) return { kind: 'blob', blob: content };
  if (isNodeStream(content)) return { kind: 'stream', stream: content };
  return isWebStream(content) ? { kind: 'web-stream', stream: content } : undefined;
}

/**
 * Keeps a stream that fails before it is read, while the mail is admitted and rendered, from ending the process: it
 * remembers its error, and reading it reports it.
 *
 * @internal
 */
export function guardContent(fields: Pick<MessageFields, 'attachments' | 'alternatives'>): void {
  for (const source of sourcesOf(fields)) {
    if (source.kind === 'stream') source.stream.on('error', () => undefined);
  }
}

/**
 * Closes the streams of a draft that will not be read, because it was refused or nobody is left to send it to. Safe
 * to call at any time, also after they were read.
 *
 * @internal
 */
export function releaseContent(fields: Pick<MessageFields, 'attachments' | 'alternatives'>): void {
  for (const source of sourcesOf(fields)) releaseSource(source);
}

/**
 * Closes the source when it is a stream.
 *
 * @internal
 */
export function releaseSource(source: ContentSource | undefined): void {
  closeSource(source).catch(() => undefined);
}

/** Rejects when what looks like a stream is none: the mistake was told before. */
async function closeSource(source: ContentSource | undefined): Promise<void> {
  if (source?.kind === 'stream') {
    source.stream.on('error', () => undefined);
    source.stream.destroy();
  } else if (source?.kind === 'web-stream' && !source.stream.locked) {
    await source.stream.cancel();
  }
}

function* sourcesOf({ attachments, alternatives }: Pick<MessageFields, 'attachments' | 'alternatives'>) {
  for (const list of [attachments, alternatives] as readonly unknown[]) {
    if (!Array.isArray(list)) continue;
    for (const part of list.slice(0, MAX_PARTS) as readonly unknown[]) {
      const source =
        typeof part === 'object' && part !== null ? contentSourceOf(ownFields(part)['content']) : undefined;
      if (source !== undefined) yield source;
    }
  }
}

function isNodeStream(value: object): value is Readable {
  return ['pipe', 'destroy', 'on', Symbol.asyncIterator].every((key) => isMethod(value, key));
}

function isWebStream(value: object): value is ReadableStream<Uint8Array> {
  return isMethod(value, 'getReader') && isMethod(value, 'cancel') && 'locked' in value;
}

function isMethod(value: object, key: string | symbol): boolean {
  return typeof Reflect.get(value, key) === 'function';
}
