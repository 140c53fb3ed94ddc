import { refuseDraft } from '../../core/refusal.js';
import { findUnsafeCharacter, holdsEncodedWord } from '../../core/address/unsafe-text.js';
import type { DraftFields } from './draft-fields.js';
import { optionalPlainObject, optionalString } from './draft-values.js';
import { checkLocale } from './locale.js';
import { checkTemplateName } from './template-name.js';

const MAX_SUBJECT_CHARS = 998;
const NO_CONTEXT: object = Object.freeze({});

/**
 * What a draft says: a template, or the content itself.
 *
 * @internal
 */
export interface DraftContent {
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  readonly template?: string | undefined;
  readonly context: object;
  readonly locale?: string | undefined;
}

/**
 * Reads the fields of a draft that its content is made of.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function readContent(fields: DraftFields): DraftContent {
  const content: DraftContent = {
    subject: fields.subject === undefined ? undefined : checkSubject(fields.subject),
    html: readBody(fields.html, 'html'),
    text: readBody(fields.text, 'text'),
    template: fields.template === undefined ? undefined : checkTemplateName(fields.template),
    context: optionalPlainObject(fields.context, 'context') ?? NO_CONTEXT,
    locale: fields.locale === undefined ? undefined : checkLocale(fields.locale),
  };
  checkCombination(content);
  return content;
}

/**
 * Checks a subject and gives it back unchanged.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function checkSubject(value: unknown): string {
  const asked = `be one line of at most ${MAX_SUBJECT_CHARS} characters`;
  const subject = optionalString(value, 'subject') ?? '';
  if (subject.length > MAX_SUBJECT_CHARS) refuseDraft('subject', asked, 'it is longer: shorten it');
  const unsafe = findUnsafeCharacter(subject);
  if (unsafe !== undefined) {
    refuseDraft('subject', asked, `it holds the character ${unsafe}, which no header may hold: remove it`);
  }
  if (holdsEncodedWord(subject)) {
    refuseDraft(
      'subject',
      asked,
      'it holds an encoded word (RFC 2047): give the text itself, the relay encodes it',
    );
  }
  return subject;
}

/**
 * An unpaired surrogate is let through: it becomes U+FFFD in the UTF-8 of the body, where it can do no harm. A NUL
 * can: a server that drops it may see the end of the data behind it.
 */
function readBody(value: unknown, field: string): string | undefined {
  const body = optionalString(value, field);
  if (body?.includes('\0') === true) {
    refuseDraft(field, 'be text', 'it holds the character U+0000, which no message may hold: remove it');
  }
  return body;
}

function checkCombination({ subject, html, text, template }: DraftContent): void {
  if (template !== undefined) {
    if (html === undefined && text === undefined) return;
    const field = html === undefined ? 'text' : 'html';
    refuseDraft(
      field,
      'be left out beside a template',
      'both are given: keep the template, or the content itself',
    );
  }
  if (html === undefined && text === undefined) {
    refuseDraft('template', 'be given', 'there is neither a template nor html nor text: add one of them');
  }
  if (subject === undefined) {
    refuseDraft(
      'subject',
      'be given',
      'there is none and no template to take it from: add one, or an empty string',
    );
  }
}
