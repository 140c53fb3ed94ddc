import { isAsciiAddress } from '../core/address/address.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { refuseDraft } from '../core/refusal.js';
import type { ComposeLimits, ComposeRequest } from './compose-request.js';
import { messageBody } from './writing/message-body.js';
import { messageHeader } from './writing/message-header.js';
import type { MessageParts } from './reading/message-parts.js';
import { writeMessage } from './writing/mime-writer.js';
import { assertWireSafe } from './writing/wire-safety.js';

/**
 * Composes a message: header and body as they are stored, signed and sent, in 7-bit lines that end in CRLF. A body
 * never needs 8BITMIME; the header is UTF-8 only where the local part of an address is, which needs SMTPUTF8 anyway.
 * `MailService` calls it once per mail, with fields that passed `checkMessageFields()`.
 *
 * @param parts from `readMessageParts()`
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` for a character that no message may hold,
 *   `ERR_MAIL_RELAY_MESSAGE_TOO_LARGE`
 * @see RFC 5322, RFC 2045 to 2049
 * @internal
 */
export function composeMessage(
  request: ComposeRequest,
  parts: MessageParts,
  { maxMessageBytes }: Pick<ComposeLimits, 'maxMessageBytes'>,
): Buffer {
  checkBody(request.text, 'text', maxMessageBytes);
  checkBody(request.html, 'html', maxMessageBytes);
  const message = writeMessage(messageHeader(request), messageBody(request, parts));
  assertWireSafe(message, maxMessageBytes, { utf8Header: needsUtf8(request) });
  return message;
}

function checkBody(text: string | undefined, field: string, maxMessageBytes: number): void {
  if (text === undefined) return;
  // Before anything is encoded: a runaway template must not cost several times its size.
  if (text.length > maxMessageBytes) refuseLength(field, maxMessageBytes);
  if (text.includes('\0')) {
    refuseDraft(field, 'be text', 'it holds the character U+0000, which no message may hold: remove it');
  }
}

function refuseLength(field: string, maxMessageBytes: number): never {
  throw new MailRelayError(
    'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE',
    `The message must hold at most ${maxMessageBytes} octets, but its ${field} alone is longer: shorten it, or raise ` +
      'the option `attachments.maxMessageBytes`',
    { field },
  );
}

function needsUtf8({ from, sender = from, replyTo, to, cc, originalRecipients }: ComposeRequest): boolean {
  return (
    [[from, sender], replyTo, to, cc].some((list) => list.some(({ address }) => !isAsciiAddress(address))) ||
    originalRecipients?.some((address) => !isAsciiAddress(address)) === true
  );
}
