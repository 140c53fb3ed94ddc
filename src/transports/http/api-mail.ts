import { signWithDkim } from '../dkim-signer.js';
import type { TransportRequest } from '../mail-transport.js';
import type { ToldLabels } from '../provider-labels/told-labels.js';
import { Inexpressible } from './inexpressible.js';
import type { ApiMail } from './mail-api.js';
import { parseMessage, type ParsedMessage } from './parsed-message.js';

/**
 * The mail of one try, read once however many requests it takes.
 *
 * @internal
 */
export class TriedMail {
  #message: Promise<Buffer> | undefined;
  #parsed: Promise<ParsedMessage> | undefined;
  /** The last one that was asked for: a signature costs more than all else, and most APIs ask for the same again. */
  #raw: { readonly header: Buffer | undefined; readonly octets: Promise<Buffer> } | undefined;

  constructor(
    private readonly request: TransportRequest,
    private readonly labels: ToldLabels,
  ) {}

  /** The mail as it is asked to be taken for some of its recipients. */
  forRecipients(recipients: readonly string[]): ApiMail {
    const { mailId, messageId, envelope } = this.request;
    return {
      mailId,
      messageId,
      from: envelope.from,
      recipients,
      labels: this.labels,
      raw: (header) => {
        if (this.#raw === undefined || !isSame(this.#raw.header, header)) {
          this.#raw = { header, octets: this.#write(header) };
        }
        return this.#raw.octets;
      },
      parsed: () => (this.#parsed ??= this.#read().then(parseMessage)),
    };
  }

  async #write(header: Buffer | undefined): Promise<Buffer> {
    const message = await this.#read();
    const whole = header === undefined ? message : Buffer.concat([header, message]);
    const { dkim } = this.request;
    if (dkim === undefined) return whole;
    try {
      return await signWithDkim(whole, dkim);
    } catch {
      throw new Inexpressible('EDKIM');
    }
  }

  #read(): Promise<Buffer> {
    return (this.#message ??= Promise.resolve()
      .then(() => this.request.message())
      .catch(() => {
        throw new Inexpressible('EMESSAGEREAD');
      }));
  }
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}
