import { MailRelayError } from '../../core/mail-relay-error.js';
import type { ComposeLimits } from '../compose-request.js';
import { refuseAttachment } from '../fields/refuse-attachment.js';

/** Base64 writes 57 octets as a line of 76 and its CRLF. */
const BASE64_GROWTH = 78 / 57;

type OctetLimits = Pick<ComposeLimits, 'maxAttachmentBytes' | 'maxMessageBytes'>;

/** What may still be read for one message; all its parts share it. @internal */
export class OctetBudget {
  readonly #limits: OctetLimits;
  #left: number;

  constructor(limits: OctetLimits) {
    this.#limits = limits;
    this.#left = Math.floor(limits.maxMessageBytes / BASE64_GROWTH);
  }

  /**
   * Refuses what no longer fits.
   *
   * @param partOctets of the part so far, with those that come
   * @param moreOctets that come
   */
  check(partOctets: number, moreOctets: number, field: string): void {
    const { maxAttachmentBytes, maxMessageBytes } = this.#limits;
    if (partOctets > maxAttachmentBytes) {
      refuseAttachment(
        field,
        `hold at most ${maxAttachmentBytes} octets`,
        'it holds more: send a link to it, or raise the option `attachments.maxBytes`',
      );
    }
    if (moreOctets > this.#left) {
      throw new MailRelayError(
        'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE',
        `The message must hold at most ${maxMessageBytes} octets, but its attachments take more, as base64: ` +
          'send links to them, or raise the option `attachments.maxMessageBytes`',
        { field },
      );
    }
  }

  take(octets: number): void {
    this.#left -= octets;
  }
}
