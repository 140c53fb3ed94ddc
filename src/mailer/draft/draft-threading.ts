import { refuseDraft } from '../../core/refusal.js';
import type { DraftFields } from './draft-fields.js';
import { optionalString, refuseKind } from './draft-values.js';

const MAX_REFERENCES = 100;
const MAX_ID_CHARS = 250;

/** Printable ASCII without angle brackets, not beginning with an at sign. */
const MESSAGE_ID = /^<[!-;=?A-~][!-;=?-~]*>$/;

/**
 * Which conversation a draft belongs to.
 *
 * @internal
 */
export interface DraftThreading {
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
}

/**
 * Reads `inReplyTo` and `references`. A string of references may hold several, separated by spaces, as the header
 * does.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @see RFC 5322 §3.6.4
 * @internal
 */
export function readThreading({ inReplyTo, references }: DraftFields): DraftThreading {
  return {
    inReplyTo: inReplyTo === undefined ? undefined : checkMessageId(inReplyTo, 'inReplyTo'),
    references: references === undefined ? undefined : readReferences(references),
  };
}

function readReferences(value: unknown): readonly string[] {
  const ids: readonly unknown[] = Array.isArray(value) ? value : splitReferences(value);
  if (ids.length > MAX_REFERENCES) {
    refuseDraft(
      'references',
      `be at most ${MAX_REFERENCES} Message-IDs`,
      'there are more: keep the last ones',
    );
  }
  return Array.from(ids, (id, i) => checkMessageId(id, `references[${i}]`));
}

function splitReferences(value: unknown): readonly string[] {
  if (typeof value !== 'string') refuseKind(value, 'references', 'a string or an array of strings');
  // One more than is allowed is enough to refuse it.
  return value.split(' ', MAX_REFERENCES + 1);
}

function checkMessageId(value: unknown, field: string): string {
  const id = optionalString(value, field);
  if (id === undefined) refuseKind(value, field, 'a string');
  const at = id.lastIndexOf('@');
  if (
    id.length > MAX_ID_CHARS ||
    at === id.length - 2 ||
    at === -1 ||
    !MESSAGE_ID.test(id) ||
    id.includes('=?')
  ) {
    refuseDraft(
      field,
      `be a Message-ID of at most ${MAX_ID_CHARS} printable ASCII characters`,
      'it is another string: write it as it stands in the header, left and right of an at sign within angle brackets',
    );
  }
  return id;
}
