const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const CRLF = Buffer.from('\r\n');

/** The end of the message: behind the line end that {@link DataEncoder.end} has seen to. @internal */
export const FINAL_DOT = Buffer.from('.\r\n');

/**
 * A message as it goes over the wire, slice by slice, in one pass: every line end is CRLF, every line that begins
 * with a dot gets another one, and the last line ends. So there is one end of data, for a strict and for a lenient
 * server, whatever the message holds. A slice that needs nothing is passed on as it is.
 *
 * @see RFC 5321 §2.3.8, §4.5.2
 * @internal
 */
export class DataEncoder {
  /** The last octet that came in; as if a line had ended before the first. */
  #last = LF;

  encode(slice: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let last = this.#last;
    let from = 0;
    for (let i = 0; i < slice.length; i++) {
      const octet = slice[i] ?? 0;
      if (octet === LF) {
        if (last !== CR) {
          pieces.push(slice.subarray(from, i), CRLF);
          from = i + 1;
        }
      } else {
        if (last === CR) {
          // The CR that came before stood alone: it becomes a line end.
          pieces.push(slice.subarray(from, i), LINE_FEED);
          from = i;
        }
        if (octet === DOT && (last === LF || last === CR)) {
          pieces.push(slice.subarray(from, i), DOT_OCTET);
          from = i;
        }
      }
      last = octet;
    }
    this.#last = last;
    if (pieces.length === 0) return slice;
    pieces.push(slice.subarray(from));
    return Buffer.concat(pieces);
  }

  /** The last slice, with what is missing of its line end. The final dot follows it. */
  end(slice: Buffer): Buffer {
    const encoded = this.encode(slice);
    if (this.#last === LF) return encoded;
    return Buffer.concat([encoded, this.#last === CR ? LINE_FEED : CRLF]);
  }
}

const LINE_FEED = Buffer.of(LF);
const DOT_OCTET = Buffer.of(DOT);
