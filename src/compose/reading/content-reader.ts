import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import { kindOf } from '../../core/kind-of.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { openAttachmentFile } from './attachment-file.js';
import { CONTENT_KINDS, contentSourceOf, releaseSource, type ContentSource } from './content-source.js';
import type { OctetBudget } from './octet-budget.js';
import { OctetCollector } from './octet-collector.js';
import { refuseAttachment } from '../fields/refuse-attachment.js';

const READABLE = 'be readable to its end';

/** Streams that a part was read from: two readers of one stream would each get some of it. */
const taken = new WeakSet<Readable>();

/**
 * Reads the content of parts, within a budget and until a signal. What it cannot read to the end is an error, never
 * a shorter part, and its stream is closed.
 *
 * @internal
 */
export class ContentReader {
  readonly #budget: OctetBudget;
  readonly #roots: readonly string[];
  readonly #signal: AbortSignal;

  constructor(budget: OctetBudget, roots: readonly string[], signal: AbortSignal) {
    this.#budget = budget;
    this.#roots = roots;
    this.#signal = signal;
  }

  /**
   * @param content as it was given
   * @throws MailRelayError `ERR_MAIL_RELAY_ATTACHMENT`, `ERR_MAIL_RELAY_MESSAGE_TOO_LARGE`
   */
  async read(content: unknown, field: string): Promise<Buffer> {
    try {
      return await this.#read(content, field);
    } catch (error) {
      throw this.#failure(error, field);
    }
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_ATTACHMENT`, `ERR_MAIL_RELAY_MESSAGE_TOO_LARGE` */
  async readFile(path: string, field: string): Promise<Buffer> {
    const { file, octets } = await openAttachmentFile(path, this.#roots, field);
    const collector = new OctetCollector(this.#budget, field);
    try {
      collector.expect(octets);
      await this.#readStream(streamOf(file), collector, field);
    } finally {
      await file.close();
    }
    return complete(collector, octets, field);
  }

  async #read(content: unknown, field: string): Promise<Buffer> {
    const source = this.#sourceOf(content, field);
    if (source.kind !== 'opener') return this.#readSource(source, field);
    const opened = this.#sourceOf(await this.#open(source.open, field), field);
    if (opened.kind === 'opener') {
      refuseAttachment(field, `be ${CONTENT_KINDS}`, 'the function gave a function: return the content');
    }
    return this.#readSource(opened, field);
  }

  #sourceOf(content: unknown, field: string): ContentSource {
    return (
      contentSourceOf(content) ??
      refuseAttachment(field, `be ${CONTENT_KINDS}`, `it is ${kindOf(content)} of another kind: convert it`)
    );
  }

  async #readSource(source: Exclude<ContentSource, { kind: 'opener' }>, field: string): Promise<Buffer> {
    const collector = new OctetCollector(this.#budget, field);
    switch (source.kind) {
      case 'text':
        return this.#whole(Buffer.from(source.text), collector);
      case 'octets': {
        const { buffer, byteOffset, byteLength } = source.octets;
        return this.#whole(Buffer.from(buffer, byteOffset, byteLength), collector);
      }
      case 'blob':
        collector.expect(source.blob.size);
        await this.#readWebStream(source.blob.stream(), collector, field);
        return complete(collector, source.blob.size, field);
      case 'stream':
        await this.#readStream(source.stream, collector, field);
        return collector.collected();
      case 'web-stream':
        await this.#readWebStream(source.stream, collector, field);
        return collector.collected();
      default:
        return source satisfies never;
    }
  }

  #whole(octets: Buffer, collector: OctetCollector): Buffer {
    collector.expect(octets.length);
    this.#budget.take(octets.length);
    return octets;
  }

  async #open(open: () => unknown, field: string): Promise<unknown> {
    this.#signal.throwIfAborted();
    const opening = Promise.resolve().then(open);
    try {
      return await untilAborted(opening, this.#signal);
    } catch (error) {
      // Whatever is opened too late is nobody's but ours to close.
      void opening.then((late) => releaseSource(contentSourceOf(late))).catch(() => undefined);
      throw this.#failure(error, field);
    }
  }

  async #readStream(stream: Readable, collector: OctetCollector, field: string): Promise<void> {
    if (taken.has(stream) || wasRead(stream) || stream.destroyed || !stream.readable) {
      releaseSource({ kind: 'stream', stream });
      refuseAttachment(
        field,
        READABLE,
        'it was read, closed or failed before: open it for this mail',
        stream.errored,
      );
    }
    taken.add(stream);
    const stop = (): void => void stream.destroy();
    this.#signal.addEventListener('abort', stop);
    try {
      if (this.#signal.aborted) throw this.#signal.reason;
      for await (const chunk of stream as AsyncIterable<unknown>) {
        collector.append(octetsOf(chunk, stream.readableEncoding, field));
      }
    } catch (error) {
      throw this.#failure(error, field);
    } finally {
      this.#signal.removeEventListener('abort', stop);
      releaseSource({ kind: 'stream', stream });
    }
  }

  async #readWebStream(
    stream: ReadableStream<Uint8Array>,
    collector: OctetCollector,
    field: string,
  ): Promise<void> {
    if (stream.locked || wasRead(stream)) {
      refuseAttachment(
        field,
        READABLE,
        'it was read before, or something else reads it: open it for this mail',
      );
    }
    const reader = stream.getReader();
    const stop = (): void => void reader.cancel(this.#signal.reason).catch(() => undefined);
    this.#signal.addEventListener('abort', stop);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        // A cancelled stream ends like a complete one.
        if (this.#signal.aborted) throw this.#signal.reason;
        if (done) return;
        collector.append(octetsOf(value, null, field));
      }
    } catch (error) {
      stop();
      throw this.#failure(error, field);
    } finally {
      this.#signal.removeEventListener('abort', stop);
      reader.releaseLock();
    }
  }

  #failure(error: unknown, field: string): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    if (MailRelayError.is(error)) return error;
    return new MailRelayError(
      'ERR_MAIL_RELAY_ATTACHMENT',
      `${field} must ${READABLE}, but reading it failed: see the cause`,
      { field, cause: error },
    );
  }
}

/** Node answers for web streams too, which its types do not know. */
function wasRead(stream: Readable | ReadableStream): boolean {
  return Readable.isDisturbed(stream as Readable);
}

function streamOf(file: FileHandle): Readable {
  return file.createReadStream({ autoClose: false });
}

/** Never a shortened part: a file or Blob that holds another number of octets than it said has changed meanwhile. */
function complete(collector: OctetCollector, octets: number, field: string): Buffer {
  const collected = collector.collected();
  if (collected.length !== octets) {
    refuseAttachment(field, READABLE, 'it changed while it was read: write it whole before it is attached');
  }
  return collected;
}

function octetsOf(chunk: unknown, encoding: BufferEncoding | null, field: string): Uint8Array {
  if (isUint8Array(chunk)) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding ?? 'utf8');
  return refuseAttachment(field, 'give octets', `it gives ${kindOf(chunk)}: use a stream of Buffers`);
}

/** Settles as the promise does, or with the signal's reason when that comes first. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
