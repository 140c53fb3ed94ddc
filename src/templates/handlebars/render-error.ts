import { MailRelayError } from '../../core/mail-relay-error.js';
import { HelperFailure } from './guard-helper.js';
import { placeOf } from './syntax-tree.js';

/**
 * A failed render, with the template and, where it is known, the place. What was thrown may quote values of the
 * context, so it is the cause and not in the message.
 *
 * @internal
 */
export function renderError(template: string, error: unknown): MailRelayError {
  const failed = `The template ${JSON.stringify(template)} failed: `;
  const hint = 'The cause says more, and may hold values of the context.';
  if (error instanceof HelperFailure) {
    const { helper, loc, cause } = error;
    const place = loc === undefined ? '' : ` at ${loc.source}:${placeOf(loc).line}:${placeOf(loc).column}`;
    const message = `${failed}the helper ${helper} threw ${errorKind(cause)}${place}. ${hint}`;
    return new MailRelayError('ERR_MAIL_RELAY_TEMPLATE_RENDER', message, { field: 'template', cause });
  }
  const line = error instanceof Error && 'lineNumber' in error ? error.lineNumber : undefined;
  const place = typeof line === 'number' ? ` at line ${line}` : '';
  const message = `${failed}${errorKind(error)}${place}. ${hint}`;
  return new MailRelayError('ERR_MAIL_RELAY_TEMPLATE_RENDER', message, { field: 'template', cause: error });
}

function errorKind(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
