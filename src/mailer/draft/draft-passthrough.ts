import type { MessageFields } from '../../compose/compose-request.js';
import type { DraftFields } from './draft-fields.js';
import { optionalObject, optionalObjects } from './draft-values.js';

/**
 * The fields that the composer checks and this side only carries.
 *
 * @internal
 */
export type PassthroughFields = Pick<
  MessageFields,
  'headers' | 'list' | 'attachments' | 'alternatives' | 'calendar'
>;

/**
 * Reads the fields that are carried on, by their outer shape alone.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function readPassthrough(fields: DraftFields): PassthroughFields {
  const carried = {
    headers: optionalObject(fields.headers, 'headers'),
    list: optionalObject(fields.list, 'list'),
    attachments: optionalObjects(fields.attachments, 'attachments'),
    alternatives: optionalObjects(fields.alternatives, 'alternatives'),
    calendar: optionalObject(fields.calendar, 'calendar'),
  };
  // What the objects hold is unproven here; the composer's own check runs before anything reads it.
  return carried as PassthroughFields;
}
