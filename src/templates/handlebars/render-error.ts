import { MailRelayError } from '../../core/mail-relay-error.js';
import { HelperFailure } from './guard-helper.js';
import { PrototypeAccess } from './property-lookup.js';
import { BudgetExceeded } from './render-budget.js';
import { LocatedPrototypeAccess, UnknownVariable } from './required-value.js';
import { placeOf, type SourceLocation } from './syntax-tree.js';

/** A path of a template and where it is written. @internal */
export interface PlacedPath {
  readonly path: string;
  readonly loc: SourceLocation | undefined;
}

/**
 * A failed render, with the template and, where it is known, the place. What was thrown may quote values of the
 * context, so it is the cause and not in the message.
 *
 * @param findPath where the template may have asked for a property, when what was thrown does not know
 * @internal
 */
export function renderError(
  template: string,
  error: unknown,
  findPath: (property: string) => PlacedPath | undefined,
): MailRelayError {
  const name = JSON.stringify(template);
  const { message, cause } = explain(error, findPath);
  return new MailRelayError('ERR_MAIL_RELAY_TEMPLATE_RENDER', `The template ${name} failed: ${message}`, {
    field: 'template',
    cause,
  });
}

function explain(
  error: unknown,
  findPath: (property: string) => PlacedPath | undefined,
): { readonly message: string; readonly cause?: unknown } {
  if (error instanceof UnknownVariable) return { message: unknownVariable(error) };
  if (error instanceof LocatedPrototypeAccess) return { message: prototypeAccess(error.access, error) };
  if (error instanceof PrototypeAccess) {
    return {
      message: prototypeAccess(error, findPath(error.property) ?? { path: error.property, loc: undefined }),
    };
  }
  if (error instanceof BudgetExceeded) return { message: budgetExceeded(error) };
  const hint = 'The cause says more, and may hold values of the context.';
  if (error instanceof HelperFailure) {
    const { helper, loc, cause } = error;
    return { message: `the helper ${helper} threw ${errorKind(cause)}${at(loc)}. ${hint}`, cause };
  }
  const line = error instanceof Error && 'lineNumber' in error ? error.lineNumber : undefined;
  const place = typeof line === 'number' ? ` at line ${line}` : '';
  return { message: `${errorKind(error)}${place}. ${hint}`, cause: error };
}

function unknownVariable({ path, missing, nearest, loc }: UnknownVariable): string {
  const asked = path === missing ? path : `${missing} of ${path}`;
  const meant = nearest.map((name) => JSON.stringify(name)).join(' or ');
  return (
    `the context has no ${asked}${at(loc)}. ${meant === '' ? '' : `Did you mean ${meant}? `}` +
    `Give it a value, null too, or ask with {{#if ${path}}} first.`
  );
}

function prototypeAccess(
  { property, owner, kind, converter }: PrototypeAccess,
  { path, loc }: PlacedPath,
): string {
  const what = `${path} is ${kind === 'value' ? 'inherited from' : `a ${kind} of`} ${owner ?? 'a class'}${at(loc)}`;
  const plain = converter === undefined ? 'pass plain data' : `pass plain data, what ${converter}() gives`;
  return kind === 'method'
    ? `${what}, and templates call no methods: ${plain}.`
    : `${what}: ${plain}, or allow it with templates.allowGetters: [${JSON.stringify(property)}].`;
}

function budgetExceeded({ limit, max }: BudgetExceeded): string {
  return limit === 'size'
    ? `it gave more than ${max} characters. Give it less, or raise templates.maxRenderedChars.`
    : `it rendered for more than ${max} ms. Give it less, or raise templates.maxRenderMs.`;
}

function at(loc: SourceLocation | undefined): string {
  return loc === undefined ? '' : ` at ${loc.source}:${placeOf(loc).line}:${placeOf(loc).column}`;
}

function errorKind(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
