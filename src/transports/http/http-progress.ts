import type { SmtpStage } from '../../core/failure/delivery-failure.js';

const SLICE_BYTES = 64 * 1024;

/** We ended the request ourselves, before its last octets. @internal */
export class OwnRefusal extends Error {
  constructor(readonly code: string) {
    super('The request was ended before its last octets left.');
  }
}

/**
 * How far a request has come, seen from the one place that knows: where the octets of its body are taken.
 *
 * @internal
 */
export class HttpProgress {
  /** A connection stands, TLS included: the first octets were asked for. */
  connected = false;
  /** The last octet was taken: the API may have the whole request. */
  sent = false;

  /** Where a loss strikes. */
  get stage(): SmtpStage {
    if (!this.connected) return 'conn';
    return this.sent ? 'eod' : 'body';
  }

  /** The body, slice by slice. */
  async *give(
    body: Buffer,
    handOver: () => Promise<void>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    this.connected = true;
    try {
      await handOver();
    } catch {
      throw new OwnRefusal('EHANDOVER');
    }
    if (signal.aborted) throw new OwnRefusal('EABORT');
    for (let from = 0; from < body.length; from += SLICE_BYTES) {
      const to = from + SLICE_BYTES;
      if (to >= body.length) this.sent = true;
      yield body.subarray(from, to);
    }
  }
}
