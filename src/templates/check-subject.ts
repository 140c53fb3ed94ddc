import { MailRelayError } from '../core/mail-relay-error.js';

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * A rendered subject without the space around it. White space of the template is gone by now: what is left came with a
 * value, and would end the header.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE_RENDER`
 * @internal
 */
export function checkSubject(template: string, subject: string): string {
  if (!CONTROL.test(subject)) return subject.trim();
  throw new MailRelayError(
    'ERR_MAIL_RELAY_TEMPLATE_RENDER',
    `The subject of the template ${JSON.stringify(template)} has a line break or another control character in one of ` +
      'its values, and a subject is one line. Remove it from the value before the mail is queued.',
    { field: 'subject' },
  );
}
