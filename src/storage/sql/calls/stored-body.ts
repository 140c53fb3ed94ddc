import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib';
import { promisify } from 'node:util';

/** A message as it lies in its row. */
export interface StoredBody {
  readonly encoding: number;
  /** Octets of the message itself. */
  readonly bytes: number;
  readonly octets: Uint8Array;
}

const PLAIN = 0;
const BROTLI = 1;

/** Below this, compressing gains nothing. */
const COMPRESS_FROM_BYTES = 1024;

/** The least that zlib takes as `chunkSize`. */
const MIN_CHUNK = 64;

/**
 * Up to here a message is (de)compressed by the thread of the file, in well under a millisecond. Above it, libuv's pool
 * does it: neither the event loop nor everybody else's commit waits.
 */
export const SMALL_BODY_BYTES = 64 * 1024;

/** Mail is text, written once and read once: what the fastest setting leaves over is not worth waiting for. */
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 18 } };

export function plainBody(message: Uint8Array): StoredBody {
  return { encoding: PLAIN, bytes: message.byteLength, octets: message };
}

/** Compresses a large message in libuv's pool; a small one is left to {@link packedBody}. */
export async function bodyOf(message: Buffer): Promise<StoredBody> {
  if (message.length <= SMALL_BODY_BYTES) return plainBody(message);
  const octets = await promisify(brotliCompress)(message, FAST);
  return octets.length < message.length
    ? { encoding: BROTLI, bytes: message.length, octets }
    : plainBody(message);
}

/**
 * A body as it is to be written: small ones are compressed here, in the thread of the file. The buffer is as
 * large as the message: the 16 KB that zlib takes for each make V8 collect the whole heap over and over.
 */
export function packedBody(body: StoredBody): StoredBody {
  if (body.encoding !== PLAIN || body.bytes < COMPRESS_FROM_BYTES || body.bytes > SMALL_BODY_BYTES)
    return body;
  const octets = brotliCompressSync(body.octets, { ...FAST, chunkSize: body.bytes });
  return octets.length < body.bytes ? { ...body, encoding: BROTLI, octets } : body;
}

/**
 * The message of a small body; undefined for a large one.
 *
 * @throws Error when the octets are not what was written
 */
export function unpackSmall({ encoding, bytes, octets }: StoredBody): Buffer | undefined {
  if (bytes > SMALL_BODY_BYTES) return undefined;
  return whole(
    encoding === BROTLI
      ? // One octet more, or it would ask for another buffer to see that nothing is left.
        brotliDecompressSync(octets, { maxOutputLength: bytes, chunkSize: Math.max(MIN_CHUNK, bytes + 1) })
      : view(octets),
    { encoding, bytes },
  );
}

/** The message of a body of any size, in libuv's pool. @throws Error when the octets are not what was written */
export async function unpack({ encoding, bytes, octets }: StoredBody): Promise<Buffer> {
  if (encoding !== BROTLI) return whole(view(octets), { encoding, bytes });
  return whole(await promisify(brotliDecompress)(octets, { maxOutputLength: bytes }), { encoding, bytes });
}

function whole(message: Buffer, { encoding, bytes }: Omit<StoredBody, 'octets'>): Buffer {
  if (encoding !== PLAIN && encoding !== BROTLI)
    throw new Error(`a message in an unknown encoding, ${encoding}`);
  if (message.length !== bytes) throw new Error(`a message of ${message.length} instead of ${bytes} octets`);
  return message;
}

function view(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
