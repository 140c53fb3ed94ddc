import type { AddressRules } from '../../core/address/address-rules.js';
import { parseMailbox } from '../../core/address/address.js';
import type { Mailbox } from '../../core/address/mailbox.js';
import { refuseDraft } from '../../core/refusal.js';
import type { DraftFields } from './draft-fields.js';

/** Far more than a reader could answer to. */
const MAX_REPLY_TO = 50;

/**
 * Whom a draft goes to: the mailboxes of its headers, and each address once for the envelope.
 *
 * @internal
 */
export interface DraftRecipients {
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  readonly recipients: readonly string[];
}

/**
 * Reads `to`, `cc` and `bcc`. They are counted before the first one is parsed.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`, `ERR_MAIL_RELAY_ADDRESS`
 * @internal
 */
export function readRecipients(
  { to, cc, bcc }: DraftFields,
  maxRecipients: number,
  rules: AddressRules,
): DraftRecipients {
  const count = countAddresses(to) + countAddresses(cc) + countAddresses(bcc);
  if (count === 0) {
    refuseDraft(
      'to',
      'name at least one recipient',
      'to, cc and bcc are all empty: add an address to one of them',
    );
  }
  if (count > maxRecipients) {
    refuseDraft(
      'to',
      `name at most ${maxRecipients} recipients together with cc and bcc`,
      `there are ${count}: send several mails, or raise \`maxRecipients\``,
    );
  }
  const toBoxes = readMailboxes(to, 'to', rules);
  const ccBoxes = readMailboxes(cc, 'cc', rules);
  const bccBoxes = readMailboxes(bcc, 'bcc', rules);
  const recipients = distinctAddresses(toBoxes, ccBoxes, bccBoxes);
  return { to: toBoxes, cc: ccBoxes, bcc: bccBoxes, recipients };
}

/**
 * Reads `replyTo`.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`, `ERR_MAIL_RELAY_ADDRESS`
 * @internal
 */
export function readReplyTo({ replyTo }: DraftFields, rules: AddressRules): readonly Mailbox[] {
  const count = countAddresses(replyTo);
  if (count > MAX_REPLY_TO) {
    refuseDraft('replyTo', `name at most ${MAX_REPLY_TO} addresses`, `there are ${count}: name fewer`);
  }
  return readMailboxes(replyTo, 'replyTo', rules);
}

function countAddresses(input: unknown): number {
  if (input === undefined) return 0;
  return Array.isArray(input) ? input.length : 1;
}

function readMailboxes(input: unknown, field: string, rules: AddressRules): readonly Mailbox[] {
  if (input === undefined) return [];
  if (!Array.isArray(input)) return [parseMailbox(input, field, rules)];
  // Array.from also visits the holes of a sparse array, which map() would leave unchecked.
  return Array.from(input, (entry: unknown, i) => parseMailbox(entry, `${field}[${i}]`, rules));
}

/** The same local part at the same domain is one delivery; another case of the local part may be another mailbox. */
function distinctAddresses(...lists: readonly (readonly Mailbox[])[]): readonly string[] {
  const addresses = new Set<string>();
  for (const list of lists) for (const { address } of list) addresses.add(address);
  return [...addresses];
}
