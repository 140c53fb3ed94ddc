import { refuseDraft } from '../../core/refusal.js';
import { checkAlternatives } from './alternative-fields.js';
import { checkAttachments } from './attachment-fields.js';
import { checkCalendar } from './calendar-fields.js';
import type { ComposeLimits, MessageFields } from '../compose-request.js';
import { guardContent } from '../reading/content-source.js';
import { checkCustomHeaders } from './custom-headers.js';
import { checkList } from './list-fields.js';
import { checkMessageId } from './message-id.js';

const MAX_REFERENCES = 1000;

const IMPORTANCES: ReadonlySet<unknown> = new Set(['high', 'normal', 'low']);

/**
 * Checks everything of a message that the application decides. Called before admission, so that a bad field is
 * refused before anything is opened. From here on a stream among the attachments that fails does not end the
 * process; `readMessageParts()` reports it, and `releaseContent()` closes what will not be read.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` or `ERR_MAIL_RELAY_ATTACHMENT`, naming the field
 * @internal
 */
export function checkMessageFields(fields: MessageFields, limits: Pick<ComposeLimits, 'roots'>): void {
  guardContent(fields);
  const { headers, list, inReplyTo, references, importance, attachments, alternatives, calendar } = fields;
  if (importance !== undefined && !IMPORTANCES.has(importance)) {
    refuseDraft('importance', "be 'high', 'normal' or 'low'", 'it is something else: correct it');
  }
  if (inReplyTo !== undefined) checkMessageId(inReplyTo, 'inReplyTo');
  if (references !== undefined) checkReferences(references);
  if (headers !== undefined) checkCustomHeaders(headers, importance !== undefined);
  if (list !== undefined) checkList(list);
  if (calendar !== undefined) checkCalendar(calendar);
  if (alternatives !== undefined) checkAlternatives(alternatives);
  if (attachments !== undefined) checkAttachments(attachments, limits);
}

function checkReferences(references: unknown): void {
  if (!Array.isArray(references) || references.length > MAX_REFERENCES) {
    refuseDraft(
      'references',
      `be an array of at most ${MAX_REFERENCES} Message-IDs`,
      'it is longer or something else: keep the first and the last ones',
    );
  }
  for (let i = 0; i < references.length; i++) checkMessageId(references[i], `references[${i}]`);
}
