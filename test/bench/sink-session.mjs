const END_OF_DATA = Buffer.from('\r\n.\r\n');
const CRLF = '\r\n';
const MAX_COMMAND_CHARS = 4096;

const REPLIES = {
  greeting: '220 sink.test ESMTP\r\n',
  ehlo: '250-sink.test\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n',
  ok: '250 2.0.0 Ok\r\n',
  data: '354 End data with <CR><LF>.<CR><LF>\r\n',
  queued: '250 2.0.0 Ok: queued\r\n',
  bye: '221 2.0.0 Bye\r\n',
  unknown: '502 5.5.2 Command not recognized\r\n',
};

/**
 * One SMTP session of a server that says yes to everything, at once, and only counts. It does as little as a server
 * can, so that what is measured is the client.
 */
export class SinkSession {
  /** @type {import('node:net').Socket} */
  #socket;
  /** @type {import('./sink-counts.mjs').SinkCounts} */
  #counts;
  #line = '';
  /** The message so far; undefined between messages. @type {Buffer[] | undefined} */
  #message;
  /** The last bytes of the chunk before, in which the end of data may have begun. */
  #tail = Buffer.alloc(0);

  /**
   * @param {import('node:net').Socket} socket
   * @param {import('./sink-counts.mjs').SinkCounts} counts
   */
  constructor(socket, counts) {
    this.#socket = socket;
    this.#counts = counts;
    counts.connections++;
    socket.setNoDelay(true);
    // A client that hangs up is no concern of a server that counts.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.#read(chunk));
    socket.write(REPLIES.greeting);
  }

  /** @param {Buffer} chunk */
  #read(chunk) {
    let rest = chunk;
    let replies = '';
    while (rest.length > 0) {
      if (this.#message === undefined) {
        const end = rest.indexOf(0x0a);
        this.#line += rest.toString('latin1', 0, end === -1 ? rest.length : end + 1);
        if (this.#line.length > MAX_COMMAND_CHARS) {
          this.#socket.destroy();
          return;
        }
        if (end === -1) break;
        rest = rest.subarray(end + 1);
        replies += this.#answer(this.#line.trimEnd());
        this.#line = '';
      } else {
        const after = this.#endOfData(rest);
        if (after === -1) break;
        rest = rest.subarray(after);
        replies += REPLIES.queued;
      }
    }
    if (replies !== '') this.#socket.write(replies);
  }

  /** @param {string} command */
  #answer(command) {
    const verb = command.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return REPLIES.ehlo;
      case 'RCPT':
        this.#counts.recipients++;
        return REPLIES.ok;
      case 'MAIL':
      case 'RSET':
      case 'NOOP':
        return REPLIES.ok;
      case 'DATA':
        this.#message = [];
        this.#tail = Buffer.from(CRLF);
        return REPLIES.data;
      case 'QUIT':
        this.#socket.end(REPLIES.bye);
        return '';
      default:
        return REPLIES.unknown;
    }
  }

  /**
   * Where the first octet behind the message is, -1 when the message goes on.
   *
   * @param {Buffer} chunk
   */
  #endOfData(chunk) {
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, END_OF_DATA.length)]);
    const atSeam = seam.indexOf(END_OF_DATA);
    const inChunk = atSeam === -1 ? chunk.indexOf(END_OF_DATA) : atSeam - this.#tail.length;
    const found = atSeam !== -1 || inChunk !== -1;
    const after = found ? inChunk + END_OF_DATA.length : chunk.length;
    this.#message?.push(chunk.subarray(0, after));
    if (!found) {
      this.#tail = Buffer.from(Buffer.concat([this.#tail, chunk.subarray(-END_OF_DATA.length)]).subarray(-4));
      return -1;
    }
    this.#counts.add(this.#message ?? []);
    this.#message = undefined;
    return after;
  }
}
