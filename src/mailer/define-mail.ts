import type { MailDraft, MailDraftFields } from '../core/mail/mail-draft.js';

/** What {@link defineMail} takes: a template, and what all its drafts share. @publicApi */
export interface MailDefinition<Context extends object> extends MailDraftFields {
  readonly template: string;
  /** A context to preview and test it with. */
  readonly sample?: Context | undefined;
}

/**
 * Makes drafts of one kind of mail: from a context, and from what each draft adds or changes.
 *
 * @publicApi
 */
export interface DefinedMail<Context extends object> {
  (context: Context, fields: MailDraftFields): MailDraft;
  readonly template: string;
  readonly sample: Context | undefined;
}

/**
 * Gives a kind of mail a name in the code: its template, stream, expiry and whatever its drafts share, with the type of
 * its context.
 *
 * @example
 * ```ts
 * const signInCode = defineMail<{ code: string }>({ template: 'sign-in-code', expiresIn: '10m', sample: { code: '123456' } });
 *
 * await mail.queue(signInCode({ code }, { to: user.email }));
 * ```
 * @publicApi
 */
export function defineMail<Context extends object>(
  definition: MailDefinition<Context>,
): DefinedMail<Context> {
  const { template, sample, ...shared } = definition;
  const draft = (context: Context, fields: MailDraftFields): MailDraft => ({
    ...shared,
    ...withoutUndefined(fields),
    template,
    context,
  });
  return Object.assign(draft, { template, sample });
}

/** An explicit `undefined` does not take away what all drafts share. */
function withoutUndefined(fields: MailDraftFields): MailDraftFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
