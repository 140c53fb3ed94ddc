import { DataEncoder, FINAL_DOT } from './data-encoder.js';
import type { Exchange } from './exchange.js';
import type { SmtpWire } from './smtp-wire.js';

/** What stopped a message before its final dot: a reason of our own, or the peer, who spoke or is gone. @internal */
export type DeliveryStop = { readonly by: 'us'; readonly errorCode: string } | { readonly by: 'peer' };

const SLICE_BYTES = 64 * 1024;
/** Up to here the end of a message waits for the mark, so that it and the dot are one write. */
const ONE_WRITE_BYTES = 16 * 1024;
const BY_PEER: DeliveryStop = { by: 'peer' };

/**
 * Writes a message and its final dot. The dot leaves only when the handed-over mark is stored and the peer has not spoken
 * meanwhile; after a long message also only when everything before it has been given to the system.
 *
 * @param answer to the message: awaited from the go-ahead on, so that what comes too early is seen
 * @param handOver stores the mark
 * @param onDot called directly before the dot is written: from then on a loss is ambiguous
 * @returns what stopped it; nothing when the dot is written
 * @internal
 */
export async function deliverMessage(
  wire: SmtpWire,
  answer: Exchange,
  message: Buffer,
  timeoutMs: number,
  handOver: () => void | Promise<void>,
  onDot: () => void,
): Promise<DeliveryStop | undefined> {
  const encoder = new DataEncoder();
  let from = 0;
  for (; message.length - from > SLICE_BYTES; from += SLICE_BYTES) {
    wire.write(timeoutMs, encoder.encode(message.subarray(from, from + SLICE_BYTES)));
    await wire.drained();
    if (answer.settled) return BY_PEER;
  }
  const last = encoder.end(message.subarray(from));
  const marking = begin(handOver);
  if (marking === undefined) {
    onDot();
    wire.write(timeoutMs, last, FINAL_DOT);
    return undefined;
  }
  // Many octets travel while the mark is being stored; few leave with the dot, in one packet.
  const isLong = last.length > ONE_WRITE_BYTES;
  if (isLong) wire.write(timeoutMs, last);
  const isMarked = await Promise.race([marking, answer.done]);
  if (answer.settled) return BY_PEER;
  if (isMarked !== true) return { by: 'us', errorCode: 'EHANDOVER' };
  if (isLong) {
    await wire.drained();
    if (answer.settled) return BY_PEER;
  }
  onDot();
  if (isLong) wire.write(timeoutMs, FINAL_DOT);
  else wire.write(timeoutMs, last, FINAL_DOT);
  return undefined;
}

/** Nothing when the mark is stored already; else whether it could be. */
function begin(handOver: () => void | Promise<void>): Promise<boolean> | undefined {
  try {
    return handOver()?.then(
      () => true,
      () => false,
    );
  } catch {
    return Promise.resolve(false);
  }
}
