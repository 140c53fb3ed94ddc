import type { ListDraft } from '../../core/mail/mail-draft.js';
import { headerField } from './header-text.js';

/** What an addr-spec must not hold as it is within a mailto URL, RFC 6068 §2. */
const NOT_IN_MAILTO = /[^A-Za-z0-9.!$'*+_~@-]/g;

/**
 * The list headers: how to leave the list, and its name.
 *
 * @see RFC 2369, RFC 2919, RFC 8058
 * @internal
 */
export function listHeader({ id, unsubscribe }: ListDraft): readonly string[] {
  const fields: string[] = [];
  if (id !== undefined) fields.push(headerField('List-Id', `<${id}>`));
  if (unsubscribe === undefined) return fields;
  const { url, mailto, oneClick } = unsubscribe;
  const ways = [url, mailto === undefined ? undefined : mailtoUrl(mailto)].filter((way) => way !== undefined);
  fields.push(headerField('List-Unsubscribe', ways.map((way) => `<${way}>`).join(', ')));
  if (oneClick === true) fields.push('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  return fields;
}

function mailtoUrl(mailto: string): string {
  return /^mailto:/i.test(mailto) ? mailto : `mailto:${mailto.replace(NOT_IN_MAILTO, encodeURIComponent)}`;
}
