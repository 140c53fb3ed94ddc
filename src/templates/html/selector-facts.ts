import type { StyleRule } from './parse-stylesheet.js';

/**
 * What the selectors of a style sheet look at.
 *
 * @internal
 */
export interface SelectorFacts {
  /** The attributes that decide which rules match, in lower case. */
  readonly attributes: ReadonlySet<string>;
  /** A selector for which an element's siblings matter: `tr:nth-child(even)`. */
  readonly siblings: string | undefined;
}

const ATTRIBUTE = /\[\s*([\w-]+)/g;
const BRACKETS = /\[[^\][]*\]/g;
const SIBLINGS = /[+~]|:(?:first|last|only|nth)-(?:child|of-type|last)/i;

/** @internal */
export function selectorFacts(rules: readonly StyleRule[]): SelectorFacts {
  const attributes = new Set(['class', 'id', 'data-css-inline']);
  let siblings: string | undefined;
  for (const { selector } of rules) {
    for (const [, name = ''] of selector.matchAll(ATTRIBUTE)) attributes.add(name.toLowerCase());
    if (SIBLINGS.test(selector.replace(BRACKETS, ''))) siblings ??= selector;
  }
  return { attributes, siblings };
}
