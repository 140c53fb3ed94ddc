import { formatMessageDate } from '../../core/mail/message-date.js';
import { addressField } from './address-header.js';
import type { ComposeRequest } from '../compose-request.js';
import { foreignField, headerField, textField } from './header-text.js';
import { listHeader } from './list-header.js';
import { checkMessageId } from '../fields/message-id.js';

/**
 * Every header of a message but those of its content, folded. Bcc is not among them.
 *
 * @see RFC 5322 §3.6
 * @internal
 */
export function messageHeader(request: ComposeRequest): readonly string[] {
  const { from, sender, replyTo, to, cc, subject, messageId, date, inReplyTo, references = [] } = request;
  checkMessageId(messageId, 'messageId');
  const fields = [addressField('From', [from])];
  if (sender !== undefined) fields.push(addressField('Sender', [sender]));
  if (replyTo.length > 0) fields.push(addressField('Reply-To', replyTo));
  if (to.length > 0) fields.push(addressField('To', to));
  if (cc.length > 0) fields.push(addressField('Cc', cc));
  if (subject !== '') fields.push(textField('Subject', subject));
  fields.push(headerField('Message-ID', messageId), `Date: ${formatMessageDate(date)}`);
  if (inReplyTo !== undefined) fields.push(headerField('In-Reply-To', inReplyTo));
  if (references.length > 0) fields.push(headerField('References', references.join(' ')));
  if (request.list !== undefined) fields.push(...listHeader(request.list));
  if (request.importance !== undefined) fields.push(...IMPORTANCE[request.importance]);
  if (request.originalRecipients !== undefined) {
    const addresses = request.originalRecipients.map((address) => ({ address }));
    fields.push(addressField('X-Mail-Relay-Original-To', addresses));
  }
  if (request.headers !== undefined) fields.push(...customHeaders(request.headers));
  return fields;
}

/** Without X-MSMail-Priority, which filters hold against mail that no Microsoft client wrote. */
const IMPORTANCE: Readonly<Record<'high' | 'normal' | 'low', readonly string[]>> = {
  high: ['Importance: high', 'X-Priority: 1 (Highest)'],
  normal: ['Importance: normal'],
  low: ['Importance: low', 'X-Priority: 5 (Lowest)'],
};

function customHeaders(headers: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (typeof one === 'string' ? foreignField(name, one) : [])),
  );
}
