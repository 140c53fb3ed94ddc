import { kindOf } from '../../core/kind-of.js';
import { refuseDraft } from '../../core/refusal.js';

/** Wider than RFC 5322 §3.6.4 allows to write: ids of other senders are repeated too, and many break the rule. */
const MESSAGE_ID = /^<[!-;=?-~]{1,900}>$/;

/**
 * Checks a Message-ID as it stands in a header.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function checkMessageId(value: unknown, field: string): void {
  if (typeof value !== 'string') {
    refuseDraft(field, 'be a Message-ID', `it is ${kindOf(value)}: pass a string`);
  }
  // Readers decode an encoded word even here, where none may stand (RFC 2047 §5).
  if (!MESSAGE_ID.test(value) || !value.includes('@') || value.includes('=?')) {
    refuseDraft(
      field,
      'be a Message-ID of printable ASCII with an at sign, in angle brackets',
      'it is another text: pass it as it stands in the header',
    );
  }
}
