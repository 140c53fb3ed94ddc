import type { Mailbox } from '../../core/address/mailbox.js';
import { refuseAddress } from '../../core/refusal.js';
import { encodePhrase, headerField } from './header-text.js';

/** As the address parser lets through; a longer one could not be folded. */
const MAX_ADDRESS_CHARS = 254;

/** A dot-atom on both sides, as there: nothing in it ends the address early. */
const PLAIN_ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[^\s"(),:;<>@[\\\]]+$/;

/**
 * A header of addresses. They are written as they were parsed, never parsed again.
 *
 * @see RFC 5322 §3.4
 * @internal
 */
export function addressField(name: string, mailboxes: readonly Mailbox[]): string {
  return headerField(name, mailboxes.map((mailbox) => formatMailbox(mailbox, name.toLowerCase())).join(', '));
}

function formatMailbox({ name, address }: Mailbox, field: string): string {
  if (address.length > MAX_ADDRESS_CHARS || !PLAIN_ADDRESS.test(address)) {
    refuseAddress(field, 'it is not a plain local part and domain: pass it through the address parser');
  }
  return name === undefined || name === '' ? address : `${encodePhrase(field, name)} <${address}>`;
}
