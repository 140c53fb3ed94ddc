import { hasWholeBlocks, slotAt, type Slot } from './slot.js';

/** @internal */
export interface HtmlAttribute {
  /** In lower case. */
  readonly name: string;
  /** As it stands in the source, entities and slots included; the empty string without a value. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** True when a block decides whether it is there. */
  readonly conditional: boolean;
}

/** @internal */
export interface StartTag {
  readonly kind: 'start';
  /** In lower case. */
  readonly name: string;
  readonly start: number;
  readonly nameEnd: number;
  readonly end: number;
  readonly attributes: readonly HtmlAttribute[];
  /** A slot that may bring attributes of its own. */
  readonly dynamic: Slot | undefined;
}

/**
 * A piece of a document. What lies between two pieces is not lost: text is a piece too. `unclear` is the beginning
 * of a tag whose name a slot decides; `raw` is what is inside `<style>`, `<title>` and their like.
 *
 * @internal
 */
export type HtmlToken =
  | StartTag
  | { readonly kind: 'end' | 'raw'; readonly name: string; readonly start: number; readonly end: number }
  | { readonly kind: 'text' | 'comment'; readonly start: number; readonly end: number }
  | { readonly kind: 'slot' | 'unclear'; readonly slot: Slot; readonly start: number; readonly end: number };

/** Elements without content. @see HTML §13.1.2 @internal */
export const VOID_ELEMENTS: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
);

const RAW_ELEMENTS: ReadonlyMap<string, RegExp> = new Map(
  'style script title textarea xmp iframe noembed noframes'
    .split(' ')
    .map((name) => [name, new RegExp(`</${name}(?=[\\s/>])`, 'gi')]),
);

const NEXT = /[<\uFDD0-\uFDD4]/g;
const TAG_NAME = /[^\s/>\uFDD0-\uFDD5]+/y;
const SPACE = /[\s/]+/y;
const ATTRIBUTE_NAME = /=?[^\s/>=\uFDD0-\uFDD5]*/y;
const EQUALS = /\s*=\s*/y;
const UNQUOTED = /[^\s>]+/y;

/**
 * Reads a document with slots into tokens, in one pass and in linear time. It repairs nothing and implies no
 * element: every token is where it stands in the source.
 *
 * @internal
 */
export function scanHtml(html: string): readonly HtmlToken[] {
  const tokens: HtmlToken[] = [];
  let at = 0;
  let textFrom = 0;
  const push = (token: HtmlToken): void => {
    if (token.start > textFrom) tokens.push({ kind: 'text', start: textFrom, end: token.start });
    tokens.push(token);
    at = textFrom = token.end;
  };
  for (;;) {
    at = search(NEXT, html, at);
    if (at === -1) break;
    const slot = slotAt(html, at);
    if (slot !== undefined) {
      push({ kind: 'slot', slot, start: at, end: slot.end });
      continue;
    }
    const token = scanMarkup(html, at);
    if (token === undefined) {
      at++;
      continue;
    }
    push(token);
    const rawEnd = token.kind === 'start' ? RAW_ELEMENTS.get(token.name) : undefined;
    if (rawEnd !== undefined && token.kind === 'start') {
      const end = search(rawEnd, html, at);
      push({ kind: 'raw', name: token.name, start: at, end: end === -1 ? html.length : end });
    }
  }
  if (textFrom < html.length) tokens.push({ kind: 'text', start: textFrom, end: html.length });
  return tokens;
}

/** What the `<` at `start` begins; undefined when it is only text. */
function scanMarkup(html: string, start: number): HtmlToken | undefined {
  if (html.startsWith('<!--', start)) {
    const end = html.indexOf('-->', start + 2);
    return { kind: 'comment', start, end: end === -1 ? html.length : end + 3 };
  }
  if (html[start + 1] === '!' || html[start + 1] === '?')
    return { kind: 'comment', start, end: tagEnd(html, start) };
  const closing = html[start + 1] === '/';
  const nameStart = start + (closing ? 2 : 1);
  const slotInName = slotAt(html, nameStart);
  if (slotInName !== undefined) return { kind: 'unclear', slot: slotInName, start, end: slotInName.end };
  if (!/[a-z]/i.test(html[nameStart] ?? '')) return undefined;
  const nameEnd = match(TAG_NAME, html, nameStart);
  const name = html.slice(nameStart, nameEnd).toLowerCase();
  const glued = slotAt(html, nameEnd);
  if (glued !== undefined && glued.kind !== 'open')
    return { kind: 'unclear', slot: glued, start, end: glued.end };
  if (closing) return { kind: 'end', name, start, end: tagEnd(html, start) };
  return scanStartTag(html, start, name, nameEnd);
}

function scanStartTag(html: string, start: number, name: string, nameEnd: number): HtmlToken {
  const attributes: HtmlAttribute[] = [];
  let dynamic: Slot | undefined;
  let blocks = 0;
  let at = nameEnd;
  // A tag that never ends swallows the rest, as in a browser; that also keeps hostile input linear.
  while (at < html.length) {
    at = match(SPACE, html, at);
    if (html[at] === '>') {
      at++;
      break;
    }
    const slot = slotAt(html, at);
    if (slot !== undefined) {
      if (slot.kind === 'open') blocks++;
      else if (slot.kind === 'close') blocks--;
      else if (slot.kind !== 'else') dynamic ??= slot;
      at = slot.end;
      continue;
    }
    const attribute = scanAttribute(html, at, blocks !== 0);
    const next = slotAt(html, attribute.end);
    // A value glued to a name or to what is between quotes: `data-{{x}}`, `a="1"{{x}}`.
    if (next?.kind === 'value' || next?.kind === 'html') dynamic ??= next;
    if (!hasWholeBlocks(attribute.value)) dynamic ??= next ?? { kind: 'open', index: -1 };
    attributes.push(attribute);
    at = Math.max(attribute.end, at + 1);
  }
  if (blocks !== 0) dynamic ??= { kind: 'open', index: -1 };
  return { kind: 'start', name, start, nameEnd, end: at, attributes, dynamic };
}

function scanAttribute(html: string, start: number, conditional: boolean): HtmlAttribute {
  const nameEnd = match(ATTRIBUTE_NAME, html, start);
  const name = html.slice(start, nameEnd).toLowerCase();
  const valueStart = match(EQUALS, html, nameEnd);
  if (valueStart === nameEnd) return { name, value: '', start, end: nameEnd, conditional };
  const quote = html[valueStart];
  if (quote === '"' || quote === "'") {
    const close = html.indexOf(quote, valueStart + 1);
    const end = close === -1 ? html.length : close;
    return {
      name,
      value: html.slice(valueStart + 1, end),
      start,
      end: Math.min(end + 1, html.length),
      conditional,
    };
  }
  const end = match(UNQUOTED, html, valueStart);
  return { name, value: html.slice(valueStart, end), start, end, conditional };
}

function tagEnd(html: string, from: number): number {
  const end = html.indexOf('>', from);
  return end === -1 ? html.length : end + 1;
}

/** Where a sticky pattern ends that begins at `from`; `from` itself when it does not match. */
function match(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function search(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}
