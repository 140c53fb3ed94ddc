import { kindOf } from '../../core/kind-of.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';
import { checkContent } from './attachment-fields.js';
import { checkContentType } from './content-type.js';

const MAX_ALTERNATIVES = 10;

/** Written from fields of their own; a second one would hide the first. */
const OWN_FIELD: ReadonlyMap<string, string> = new Map([
  ['text/plain', 'text'],
  ['text/html', 'html'],
  ['text/calendar', 'calendar'],
]);

/**
 * Checks the alternatives of a draft without opening any.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT`, `ERR_MAIL_RELAY_ATTACHMENT` for content of another kind
 * @internal
 */
export function checkAlternatives(alternatives: unknown): void {
  if (!Array.isArray(alternatives) || alternatives.length > MAX_ALTERNATIVES) {
    refuseDraft(
      'alternatives',
      `be an array of at most ${MAX_ALTERNATIVES}`,
      'it is longer or something else: correct the draft',
    );
  }
  for (let i = 0; i < alternatives.length; i++) checkAlternative(alternatives[i], `alternatives[${i}]`);
}

function checkAlternative(value: unknown, field: string): void {
  if (typeof value !== 'object' || value === null) {
    refuseDraft(field, 'be an object', `it is ${kindOf(value)}: correct the draft`);
  }
  const { contentType, content, ...others } = ownFields(value);
  if (Object.keys(others).length > 0) {
    refuseDraft(field, 'have contentType and content alone', 'it has other fields: leave them out');
  }
  const type = checkContentType(contentType, `${field}.contentType`, refuseDraft);
  const own = OWN_FIELD.get(type);
  if (own !== undefined || type.startsWith('message/')) {
    refuseDraft(
      `${field}.contentType`,
      'be a further rendering of the same content',
      own === undefined
        ? 'it is a message: attach it'
        : `the draft has a field for this type: use draft.${own}`,
    );
  }
  checkContent(content, `${field}.content`);
}
