import { Readable } from 'node:stream';

/** Kinds of content that can be read to its end. */
export const READABLE = ['string', 'octets', 'stream', 'web-stream', 'blob', 'opener'] as const;
/** Kinds that fail, at once or on the way, or are no content. */
export const UNREADABLE = [
  'failed stream',
  'failing stream',
  'failing web-stream',
  'locked web-stream',
  'failing opener',
  'throwing opener',
  'opener of nothing',
  'opener of a failing stream',
  'stream of objects',
  'promise',
] as const;

/** Content of a part that is opened anew for each try, since a stream can be read only once. */
export class PlannedContent {
  constructor(
    readonly as: (typeof READABLE)[number] | (typeof UNREADABLE)[number],
    readonly text: string,
  ) {}

  open(): unknown {
    const octets = Buffer.from(this.text);
    const half = Math.floor(octets.length / 2);
    const chunks = [octets.subarray(0, half), octets.subarray(half)];
    switch (this.as) {
      case 'string':
        return this.text;
      case 'octets':
        return octets;
      case 'stream':
        return Readable.from(chunks);
      case 'web-stream':
        return webStream(chunks);
      case 'blob':
        return new Blob([octets]);
      case 'opener':
        return () => Promise.resolve(Readable.from(chunks));
      case 'failed stream':
        return Readable.from(chunks).destroy(new Error(this.text));
      case 'failing stream':
        return Readable.from(failing(chunks, this.text));
      case 'failing web-stream':
        return webStream(chunks, new Error(this.text));
      case 'locked web-stream': {
        const stream = webStream(chunks);
        stream.getReader();
        return stream;
      }
      case 'failing opener':
        return () => Promise.reject(new Error(this.text));
      case 'throwing opener':
        return () => {
          throw this.text;
        };
      case 'opener of nothing':
        return () => undefined;
      case 'opener of a failing stream':
        return () => Readable.from(failing(chunks, this.text));
      case 'stream of objects':
        return Readable.from([{ text: this.text }]);
      case 'promise':
        return Promise.resolve(this.text);
      default:
        return this.as satisfies never;
    }
  }
}

function webStream(chunks: readonly Buffer[], error?: Error): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (error !== undefined) controller.error(error);
      else controller.close();
    },
  });
}

async function* failing(chunks: readonly Buffer[], text: string): AsyncGenerator<Buffer> {
  yield* chunks;
  throw new Error(text);
}
