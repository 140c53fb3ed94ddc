import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import { UnreadableRecord } from './mail-record.js';

/** From here on a message is compressed, octets. */
const COMPRESS_FROM = 1024;
/** From here on it is worth a thread of its own; below, handing it over takes longer than the work. */
const THREAD_FROM = 32 * 1024;
const PLAIN = 0;
const DEFLATED = 1;
/** Nearly as small as the default of 6, and twice as fast for long messages. */
const FAST = { level: 3 };

/** As small for what is short, and there is less to set up than for what could be long. */
const SHORT = { ...FAST, windowBits: 13, memLevel: 6 };

const deflateInThread = promisify(deflateRaw);
const inflateInThread = promisify(inflateRaw);

/** A message as Redis keeps it: an octet that says how, then the octets. */
export function packMessage(message: Buffer): Buffer | Promise<Buffer> {
  if (message.length < COMPRESS_FROM) return withKind(PLAIN, message);
  if (message.length < THREAD_FROM) return smaller(message, deflateRawSync(message, SHORT));
  return deflateInThread(message, FAST).then((deflated) => smaller(message, deflated));
}

/**
 * A message that is about to be sent: as it is, because packing a short one takes longer than keeping it for a moment.
 * Whoever finds that it has to wait packs it.
 */
export function packForNow(message: Buffer): Buffer | Promise<Buffer> {
  return message.length < THREAD_FROM ? withKind(PLAIN, message) : packMessage(message);
}

/** True when it could be smaller. */
export function isUnpacked(packed: Buffer): boolean {
  return packed[0] === PLAIN && packed.length > COMPRESS_FROM;
}

/** @throws UnreadableRecord */
export function unpackMessage(packed: Buffer): Buffer | Promise<Buffer> {
  const octets = packed.subarray(1);
  switch (packed[0]) {
    case PLAIN:
      return octets;
    case DEFLATED:
      return octets.length < THREAD_FROM ? inflate(octets) : inflateInThread(octets).catch(unreadable);
    default:
      throw new UnreadableRecord('a message is packed in an unknown way');
  }
}

function inflate(octets: Buffer): Buffer {
  try {
    return inflateRawSync(octets);
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(cause: unknown): never {
  throw new UnreadableRecord('a message cannot be unpacked', { cause });
}

function smaller(message: Buffer, deflated: Buffer): Buffer {
  return deflated.length < message.length ? withKind(DEFLATED, deflated) : withKind(PLAIN, message);
}

function withKind(kind: number, octets: Buffer): Buffer {
  const packed = Buffer.allocUnsafe(octets.length + 1);
  packed[0] = kind;
  octets.copy(packed, 1);
  return packed;
}
