import Handlebars from 'handlebars';

import type { BlockOptions, HandlebarsHelper } from './guard-helper.js';
import type { RenderBudget } from './render-budget.js';

interface Entries {
  readonly values: readonly unknown[];
  /** The `@key` of each; absent when that is its place. */
  readonly keys?: readonly string[] | undefined;
}

/**
 * `{{#each}}` as Handlebars has it, with a budget: each round is a step.
 *
 * @internal
 */
export function eachHelper(budget: RenderBudget): HandlebarsHelper {
  return function each(...args) {
    const options = args.at(-1) as BlockOptions;
    const given = typeof args[0] === 'function' ? (Reflect.apply(args[0], this, []) as unknown) : args[0];
    const { values, keys } = entriesOf(given, budget);
    if (values.length === 0) return options.inverse?.(this) ?? '';
    const data = options.data && Handlebars.createFrame(options.data);
    let result = '';
    for (let index = 0; index < values.length; index++) {
      if (!(index in values)) continue;
      const key = keys?.[index] ?? index;
      if (data !== undefined) {
        data['key'] = key;
        data['index'] = index;
        data['first'] = index === 0;
        data['last'] = index === values.length - 1;
      }
      result += options.fn?.(values[index], { data, blockParams: [values[index], key] }) ?? '';
      budget.step(result.length);
    }
    return result;
  };
}

function entriesOf(given: unknown, budget: RenderBudget): Entries {
  if (typeof given !== 'object' || given === null) return { values: [] };
  if (Array.isArray(given)) return { values: given };
  if (!(Symbol.iterator in given)) return { values: Object.values(given), keys: Object.keys(given) };
  const values: unknown[] = [];
  for (const value of given as Iterable<unknown>) {
    values.push(value);
    budget.step(0);
  }
  return { values };
}
