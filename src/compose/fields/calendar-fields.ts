import { kindOf } from '../../core/kind-of.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';
import { checkFileName } from './file-name.js';

/** The methods of RFC 5546 §1.4. */
const METHODS: ReadonlySet<unknown> = new Set([
  'PUBLISH',
  'REQUEST',
  'REPLY',
  'ADD',
  'CANCEL',
  'REFRESH',
  'COUNTER',
  'DECLINECOUNTER',
]);

/**
 * Checks the calendar part of a draft.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function checkCalendar(calendar: unknown): void {
  if (typeof calendar !== 'object' || calendar === null || Array.isArray(calendar)) {
    refuseDraft('calendar', 'be an object', `it is ${kindOf(calendar)}: correct the draft`);
  }
  const { content, method, filename } = ownFields(calendar);
  if (typeof content !== 'string' || content === '' || content.includes('\0')) {
    refuseDraft(
      'calendar.content',
      'be iCalendar text',
      'it is empty, no string, or holds the character U+0000: correct it',
    );
  }
  if (method !== undefined && !METHODS.has(method)) {
    refuseDraft(
      'calendar.method',
      'be a method of RFC 5546, in upper case',
      'it is something else: use REQUEST for an invitation, PUBLISH for information',
    );
  }
  if (filename !== undefined) checkFileName(filename, 'calendar.filename', refuseDraft);
}
