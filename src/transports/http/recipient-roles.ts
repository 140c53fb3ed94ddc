import { Inexpressible } from './inexpressible.js';
import type { ParsedAddress, ParsedMessage } from './parsed-message.js';

/** Who of a request is named where. @internal */
export interface RecipientRoles {
  readonly to: readonly ParsedAddress[];
  readonly cc: readonly ParsedAddress[];
  readonly bcc: readonly ParsedAddress[];
}

/**
 * Spreads the recipients of a request over To, Cc and Bcc. An API that composes has no envelope: whom To and Cc name
 * gets the mail. So they name only recipients of this request, and nobody who stands in neither is named anywhere; a
 * single such recipient may be named in To, where nobody else sees it.
 *
 * @throws Inexpressible when nobody could be named in To without telling others of them
 * @internal
 */
export function recipientRoles(recipients: readonly string[], message: ParsedMessage): RecipientRoles {
  const named = new Map<string, { readonly role: 'to' | 'cc'; readonly address: ParsedAddress }>();
  for (const role of ['cc', 'to'] as const) {
    for (const address of message[role]) named.set(address.address, { role, address });
  }
  const roles = { to: [] as ParsedAddress[], cc: [] as ParsedAddress[], bcc: [] as ParsedAddress[] };
  for (const recipient of recipients) {
    const found = named.get(recipient);
    // Exactly as the envelope has it.
    roles[found?.role ?? 'bcc'].push({ name: found?.address.name ?? '', address: recipient });
  }
  if (roles.to.length > 0) return roles;
  if (roles.cc.length > 0) return { to: roles.cc, cc: [], bcc: roles.bcc };
  if (roles.bcc.length === 1) return { to: roles.bcc, cc: [], bcc: [] };
  throw new Inexpressible('ERECIPIENTS');
}

/**
 * An address as a header holds it, for APIs that take one string: `"Ada, L." <ada@example.test>`.
 *
 * @internal
 */
export function written({ name, address }: ParsedAddress): string {
  return name === '' ? address : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
}

/** An address as an object, for APIs that take it so. @internal */
export function person({ name, address }: ParsedAddress): object {
  return name === '' ? { email: address } : { email: address, name };
}
