import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import type { ToldError } from '../http/api-reading.js';

/**
 * What SendGrid's errors mean. It knows no codes: a status, a sentence, and the field it is about.
 *
 * Source: SendGrid, *Mail Send, errors*, and *Sender identity*.
 *
 * @internal
 */
export const SENDGRID_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['credits', MEANING.rate],
  ['sender', MEANING.identity],
  ['recipient', MEANING.recipient],
  ['field', MEANING.message],
]);

/** @internal */
export function sendgridError(status: number, message: string, field: string): ToldError {
  const text = field === '' ? message : `${field}: ${message}`;
  if (/maximum credits exceeded/i.test(message)) return { code: 'credits', text };
  if (/verified sender identity/i.test(message)) return { code: 'sender', text };
  if (status !== 400) return { code: String(status), text };
  const isOfRecipient =
    /^personalizations\.\d+\.(?:to|cc|bcc)\.\d+\.email$/.test(field) || /valid address/i.test(message);
  if (field.startsWith('personalizations') && isOfRecipient) return { code: 'recipient', text };
  return { code: field === '' ? '400' : 'field', text };
}
