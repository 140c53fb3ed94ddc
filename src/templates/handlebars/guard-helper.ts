import type { TemplateHelper } from '../template-options.js';
import type { SourceLocation } from './syntax-tree.js';

/**
 * A helper that threw, with the place of its call.
 *
 * @internal
 */
export class HelperFailure extends Error {
  constructor(
    readonly helper: string,
    readonly loc: SourceLocation | undefined,
    cause: unknown,
  ) {
    super(`The helper ${helper} failed.`, { cause });
  }
}

/** A helper as Handlebars calls it. @internal */
export type HandlebarsHelper = (this: unknown, ...args: readonly unknown[]) => unknown;

/** What Handlebars gives to a helper after its arguments. @internal */
export interface BlockOptions {
  readonly fn?: BlockFunction | undefined;
  readonly inverse?: BlockFunction | undefined;
  readonly hash?: Readonly<Record<string, unknown>> | undefined;
  readonly data?: Record<string, unknown> | undefined;
  readonly loc?: SourceLocation | undefined;
}

type BlockFunction = (...args: readonly unknown[]) => string;

const MARKUP = /[<&]/;

/**
 * Wraps a helper of the application, so that what it throws tells the helper's name and the place of the call.
 *
 * @internal
 */
export function guardHelper(name: string, helper: TemplateHelper): HandlebarsHelper {
  return function guarded(...args) {
    try {
      const result = Reflect.apply(helper as HandlebarsHelper, this, args);
      return result instanceof Promise ? refusePromise(result) : result;
    } catch (error) {
      if (error instanceof HelperFailure) throw error;
      throw new HelperFailure(name, (args.at(-1) as BlockOptions).loc, error);
    }
  };
}

/**
 * Wraps a helper, so that `onMarkup` is told when it makes markup: no compiler stage has seen that.
 *
 * @internal
 */
export function watchForMarkup(helper: HandlebarsHelper, onMarkup: () => void): HandlebarsHelper {
  return function watched(...args) {
    const options = args.at(-1) as BlockOptions;
    if (options.fn === undefined || options.inverse === undefined) {
      const result = Reflect.apply(helper, this, args);
      if (isSafeString(result) && MARKUP.test(String(result))) onMarkup();
      return result;
    }
    const pieces: string[] = [];
    const recorded = { ...options, fn: record(options.fn, pieces), inverse: record(options.inverse, pieces) };
    const result = Reflect.apply(helper, this, [...args.slice(0, -1), recorded]);
    if (MARKUP.test(without(pieces, `${result as string | undefined}`))) onMarkup();
    return result;
  };
}

function refusePromise(promise: Promise<unknown>): never {
  // Nobody will await it, so its rejection must not end the process.
  promise.catch(() => undefined);
  throw new TypeError(
    'A helper returned a promise. Await the value before the mail, and pass it in the context.',
  );
}

function record(block: BlockFunction, pieces: string[]): BlockFunction {
  const recorded: BlockFunction = (...args) => {
    const piece = block(...args);
    pieces.push(piece);
    return piece;
  };
  // Handlebars hangs the number of block parameters on the function.
  return Object.assign(recorded, block);
}

/** What a block helper adds to what its block came to. */
function without(pieces: readonly string[], result: string): string {
  if (result === pieces.join('')) return '';
  return pieces.reduce((rest, piece) => rest.replace(piece, ''), result);
}

/** What Handlebars does not escape. */
function isSafeString(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'toHTML' in value && typeof value.toHTML === 'function'
  );
}
