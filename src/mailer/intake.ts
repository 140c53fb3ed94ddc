import { MailRelayError } from '../core/mail-relay-error.js';

/** Whether a relay still takes mail. Closed once, at the end of the application. */
export class Intake {
  #closed = false;

  close(): void {
    this.#closed = true;
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_CLOSED` */
  refuseWhenClosed(): void {
    if (!this.#closed) return;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_CLOSED',
      'The application is shutting down, and the relay takes no more mail. Nothing was accepted.',
    );
  }
}
