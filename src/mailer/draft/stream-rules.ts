import { domainOf } from '../../core/address/address.js';
import type { Mailbox } from '../../core/address/mailbox.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';

/** What a stream asks of its drafts. @internal */
export interface StreamRules {
  readonly from?: Mailbox | undefined;
  /** The only domains of a From header, in lower-case A-labels; undefined for any. */
  readonly domains?: ReadonlySet<string> | undefined;
  /** One recipient a mail, and a way to unsubscribe. */
  readonly bulk?: boolean | undefined;
}

/** What of a draft the rules are about. */
interface RuledDraft {
  readonly from: Mailbox;
  readonly recipients: readonly string[];
  readonly list: unknown;
}

/**
 * Holds a draft against the rules of its stream.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function checkStreamRules(stream: string, { domains, bulk }: StreamRules, draft: RuledDraft): void {
  if (domains && !domains.has(domainOf(draft.from.address))) {
    refuseDraft(
      'from',
      `be of a domain of the stream "${stream}"`,
      `it is of another one: use ${[...domains].join(' or ')}, choose another stream, or add the domain to the stream's \`domains\``,
    );
  }
  if (bulk !== true) return;
  if (draft.recipients.length > 1) {
    refuseDraft(
      'to',
      `name exactly one recipient in the stream "${stream}"`,
      `there are ${draft.recipients.length}, and each would see the link with which another one unsubscribes: queue one mail for each`,
    );
  }
  if (!hasUnsubscribe(draft.list)) {
    refuseDraft(
      'list.unsubscribe',
      `be given in the stream "${stream}"`,
      'it is not: add a url, with oneClick where it takes a POST, or a mailto',
    );
  }
}

/** What stands in it is checked with the other list headers. */
function hasUnsubscribe(list: unknown): boolean {
  return typeof list === 'object' && list !== null && ownFields(list)['unsubscribe'] !== undefined;
}
