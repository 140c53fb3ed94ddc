import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** The method of nodemailer's that writes every command; it is there, but not in its types. */
interface CommandWriter {
  _sendCommand(command: string, logged?: string): void;
}

/**
 * nodemailer asks for SMTPUTF8 only where the envelope needs it. A header in UTF-8 needs it as well, also when the
 * recipients that are left to be sent to are all ASCII.
 *
 * @see RFC 6531 §3.4
 * @internal
 */
export class Utf8Connection extends SMTPConnection {
  /** Whether the header of the next message is UTF-8. */
  utf8Header = false;

  protected _sendCommand(command: string, logged?: string): void {
    const asks = this.utf8Header && command.startsWith('MAIL FROM:') && !command.includes(' SMTPUTF8');
    const writer = SMTPConnection.prototype as unknown as CommandWriter;
    // oxlint-disable-next-line no-underscore-dangle -- nodemailer's name
    writer._sendCommand.call(this, asks ? `${command} SMTPUTF8` : command, logged);
  }
}
