const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** One message as the sink received it. */
export class SinkMessage {
  constructor(
    /** The address of MAIL; empty for the null sender. */
    readonly from: string,
    /** The recipients that the sink accepted, in their order. */
    readonly to: readonly string[],
    /** What stood behind the address of MAIL: `SIZE=1000 SMTPUTF8`. */
    readonly parameters: string,
    /** Every octet between the go-ahead to DATA and the end of data, which is included. */
    readonly wire: Buffer,
    /** Which connection brought it. */
    readonly connection: number,
    readonly secure: boolean,
    /** Who had authenticated; undefined when nobody had. */
    readonly user: string | undefined,
  ) {}

  /** The message after dot-unstuffing, without the final dot (RFC 5321 §4.5.2). */
  get raw(): Buffer {
    return unstuff(this.wire.subarray(0, this.wire.length - 3));
  }

  get text(): string {
    return this.raw.toString('utf8');
  }

  /** The value of the first header of this name, unfolded; undefined when there is none. */
  header(name: string): string | undefined {
    const text = this.raw.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const head = (end === -1 ? text : text.slice(0, end)).replace(/\r\n[ \t]+/g, ' ');
    const prefix = `${name.toLowerCase()}:`;
    const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(prefix));
    return line?.slice(prefix.length).trim();
  }

  /** CR without LF behind it, anywhere on the wire. */
  get bareCr(): number {
    return count(this.wire, (at, next) => at === CR && next !== LF);
  }

  /** LF without CR before it, anywhere on the wire. */
  get bareLf(): number {
    let found = 0;
    for (let i = 0; i < this.wire.length; i++) if (this.wire[i] === LF && this.wire[i - 1] !== CR) found++;
    return found;
  }

  get nul(): number {
    return count(this.wire, (at) => at === 0);
  }

  /** How many ends of data a lenient server would see: bare CR and LF are line ends to it, NUL is dropped. */
  get lenientEnds(): number {
    const text = this.wire
      .toString('latin1')
      .replaceAll('\0', '')
      .replace(/\r\n|\r|\n/g, '\n');
    return (`\n${text}`.match(/(?<=\n)\.(?=\n)/g) ?? []).length;
  }
}

function count(bytes: Buffer, predicate: (at: number, next: number | undefined) => boolean): number {
  let found = 0;
  for (let i = 0; i < bytes.length; i++) if (predicate(bytes[i] ?? 0, bytes[i + 1])) found++;
  return found;
}

function unstuff(stuffed: Buffer): Buffer {
  if (stuffed[0] !== DOT && !stuffed.includes('\r\n.')) return stuffed;
  const pieces: Buffer[] = [];
  let from = stuffed[0] === DOT ? 1 : 0;
  for (;;) {
    const at = stuffed.indexOf('\r\n.', from);
    if (at === -1) break;
    pieces.push(stuffed.subarray(from, at + 2));
    from = at + 3;
  }
  pieces.push(stuffed.subarray(from));
  return Buffer.concat(pieces);
}
