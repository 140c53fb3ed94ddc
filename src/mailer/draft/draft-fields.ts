import { kindOf } from '../../core/kind-of.js';
import type { MailDraft } from '../../core/mail/mail-draft.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';

/**
 * A draft whose keys are known and whose values are not yet looked at.
 *
 * @internal
 */
export type DraftFields = { readonly [Field in keyof MailDraft]: unknown };

// An object, so that the compiler notices a field that was added to the draft and not here.
const FIELDS: Readonly<Record<keyof MailDraft, true>> = {
  to: true,
  cc: true,
  bcc: true,
  from: true,
  sender: true,
  replyTo: true,
  subject: true,
  html: true,
  text: true,
  template: true,
  context: true,
  locale: true,
  attachments: true,
  alternatives: true,
  calendar: true,
  headers: true,
  list: true,
  inReplyTo: true,
  references: true,
  importance: true,
  tags: true,
  metadata: true,
  stream: true,
  tenant: true,
  idempotencyKey: true,
  sendAt: true,
  expiresIn: true,
};
const FIELD_NAMES = Object.keys(FIELDS);
const KNOWN: ReadonlySet<string> = new Set(FIELD_NAMES);

/** Keys of an input are only repeated in an error when they are words: anything else may be content. */
const WORD = /^[A-Za-z_$][\w$-]{0,39}$/;

/** More typing errors than this make another word; in a short one already two do. */
const MAX_DISTANCE = 2;
const SHORT_WORD = 4;

/**
 * Takes the own fields of what is to be a draft. A key that no draft has is refused, since ignoring a misspelt
 * `bcc` or `sendAt` would send another mail than the one that was meant.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function readDraftFields(draft: unknown): DraftFields {
  if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) {
    refuseDraft('draft', 'be an object', `it is ${kindOf(draft)}: pass one such as { to, subject, text }`);
  }
  const fields = ownFields(draft);
  for (const key in fields) {
    if (!KNOWN.has(key) && fields[key] !== undefined) refuseUnknownKey(key);
  }
  return fields;
}

/**
 * The key for an error's path, when it is a word; else a placeholder.
 *
 * @internal
 */
export function displayKey(key: string): string {
  return WORD.test(key) ? key : '?';
}

function refuseUnknownKey(key: string): never {
  const shown = displayKey(key);
  const nearest = shown === '?' ? undefined : nearestField(key);
  const remedy =
    nearest === undefined ? `remove it; fields are ${FIELD_NAMES.join(', ')}` : `did you mean '${nearest}'?`;
  const name = shown === '?' ? 'a field whose name is not a word' : `'${shown}'`;
  refuseDraft(
    shown === '?' ? 'draft' : shown,
    'be left out',
    `the draft holds ${name}, which no draft has: ${remedy}`,
  );
}

function nearestField(key: string): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  for (const field of FIELD_NAMES) {
    const distance = editDistance(key.toLowerCase(), field.toLowerCase());
    if (distance < least && distance <= (field.length > SHORT_WORD ? MAX_DISTANCE : 1)) {
      least = distance;
      nearest = field;
    }
  }
  return nearest;
}

/** Levenshtein's distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
