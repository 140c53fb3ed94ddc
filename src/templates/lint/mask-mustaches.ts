import { slotMark, withoutMarks, type SlotKind } from '../html/slot.js';

/** What is between the braces, strings and `[segments]` as wholes, so that braces in them end nothing. */
const INSIDE = String.raw`(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^}"'[]|\}(?!\}))*`;
const MUSTACHE = new RegExp(
  String.raw`(\\*)(\{\{~?!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}|\{\{\{${INSIDE}\}\}\}|\{\{(?!\{)${INSIDE}\}\})`,
  'g',
);

/** Two marks, one digit at least. */
const SHORTEST = 3;

/**
 * The source of a template as a document with slots, character for character at the same place: an offset in it is one
 * in the source.
 */
export function maskMustaches(source: string): string {
  return withoutMarks(source).replaceAll(MUSTACHE, (all: string, slashes: string, mustache: string) => {
    // One backslash makes the braces text; two are a backslash before a mustache.
    if (slashes.length % 2 === 1) return all;
    return slashes + masked(mustache);
  });
}

function masked(mustache: string): string {
  const kind = kindOf(mustache);
  if (kind === undefined || mustache.length < SHORTEST) return mustache.replace(/[^\n]/g, ' ');
  const mark = slotMark({ kind, index: 0 });
  return mark[0] + '0'.repeat(mustache.length - 2) + (mark.at(-1) ?? '');
}

function kindOf(mustache: string): SlotKind | undefined {
  const inner = mustache.replace(/^\{\{\{?~?\s*/, '');
  if (inner.startsWith('!')) return undefined;
  if (inner.startsWith('#')) return inner.startsWith('#>') ? 'html' : 'open';
  if (inner.startsWith('/')) return 'close';
  if (inner.startsWith('>') || mustache.startsWith('{{{') || inner.startsWith('&')) return 'html';
  return /^(?:else\b|\^)/.test(inner) ? 'else' : 'value';
}
