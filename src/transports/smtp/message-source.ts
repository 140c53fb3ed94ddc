import { Readable } from 'node:stream';

/** What the transaction does for its message, step by step. @internal */
export interface MessageSupply {
  /** The go-ahead has come. Gives the octets to send, or nothing when none may be sent. */
  load(): Buffer | undefined | Promise<Buffer | undefined>;
  /** True once the socket has taken what it was given; otherwise `resume` is called when it has. */
  taken(resume: () => void): boolean;
  /** Everything but the final dot is gone. True when the dot may follow. */
  handOver(): boolean | Promise<boolean>;
}

const SLICE_BYTES = 64 * 1024;

/**
 * The message as nodemailer reads it: nothing is loaded before the server has said that it takes it, and the end,
 * from which nodemailer makes the final dot, comes only when the transaction agrees.
 *
 * @internal
 */
export class MessageSource extends Readable {
  #body: Buffer | undefined;
  #offset = 0;
  #started = false;
  #ending = false;

  constructor(private readonly supply: MessageSupply) {
    // No read-ahead: a read means that the octets before it have gone on.
    super({ highWaterMark: 0, autoDestroy: false, emitClose: false });
  }

  override _read(): void {
    if (!this.#started) {
      this.#started = true;
      // A turn later, so that a reply that came together with the go-ahead is seen first: it would be taken for the
      // answer to a dot that was never sent.
      setImmediate(() => void this.#start());
    } else {
      this.#next();
    }
  }

  async #start(): Promise<void> {
    if (this.destroyed) return;
    const loading = this.supply.load();
    const body = loading instanceof Promise ? await loading : loading;
    if (body === undefined || this.destroyed) return;
    this.#body = body;
    this.#next();
  }

  #next(): void {
    const body = this.#body;
    if (body === undefined) return;
    const from = this.#offset;
    if (from < body.length) {
      this.#offset = Math.min(from + SLICE_BYTES, body.length);
      this.push(body.subarray(from, this.#offset));
    } else if (!this.#ending) {
      this.#ending = true;
      this.#end();
    }
  }

  #end(): void {
    if (this.destroyed) return;
    if (!this.supply.taken(() => this.#end())) return;
    const agreed = this.supply.handOver();
    if (agreed instanceof Promise) void agreed.then((yes) => this.#finish(yes));
    else this.#finish(agreed);
  }

  #finish(agreed: boolean): void {
    if (agreed && !this.destroyed) this.push(null);
  }
}
