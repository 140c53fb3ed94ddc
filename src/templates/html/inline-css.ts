import { inline } from '@css-inline/css-inline';

import { cascade, type CascadedStyle } from './cascade.js';
import { findDynamic } from './find-dynamic.js';
import { parseStylesheet, type StyleRule } from './parse-stylesheet.js';
import { scanHtml, type HtmlToken, type StartTag } from './scan-html.js';
import { selectorFacts, type SelectorFacts } from './selector-facts.js';
import { slotsIn, withoutMarks } from './slot.js';
import { TooDynamic } from './too-dynamic.js';

const IDENTITY = 'data-r';
const RULE = /--r(\d+)/g;
const SCREEN_MEDIA = /^(?:|all|screen)$/i;
const CSS_TYPE = /^(?:|text\/css)$/i;
/** What an element holds is not in the skeleton, so nothing can be said about elements that hold nothing. */
const EMPTY_SELECTOR = /:empty/i;

/**
 * Writes what a document's `<style>` elements say into `style` attributes and leaves every other character as it
 * is, `<style>` elements, comments and slots included.
 *
 * An HTML parser repairs and completes a document, which would put the beginning of a block inside a table and its
 * end outside. So the inliner gets a skeleton: only the tags, each with an identity, and rules that hold nothing but
 * their number. It tells which rules match which element, in the order of their specificity; the declarations are
 * then laid over one another here and written into the untouched source.
 *
 * @param html a document, or a template with slots
 * @returns the document, or why its slots have to be filled first
 * @throws RangeError when the document nests too deeply
 * @internal
 */
export function inlineCss(html: string): string | TooDynamic {
  if (!/<style/i.test(html)) return html;
  const tokens = scanHtml(html);
  const rules = readRules(html, tokens);
  if (rules instanceof TooDynamic) return rules;
  if (rules.length === 0) return html;
  const selectors = selectorFacts(rules);
  const dynamic = findDynamic(html, tokens, selectors);
  if (dynamic !== undefined) return dynamic;
  const elements = tokens.filter((token) => token.kind === 'start');
  const matches = matchRules(skeletonOf(html, tokens, selectors), rules);
  return writeStyles(html, elements, matches);
}

/**
 * The same for a document that is rendered: nothing in it is a slot, whatever it looks like.
 *
 * @throws RangeError when the document nests too deeply
 * @internal
 */
export function inlineRendered(html: string): string {
  const inlined = inlineCss(withoutMarks(html));
  return typeof inlined === 'string' ? inlined : html;
}

function readRules(html: string, tokens: readonly HtmlToken[]): readonly StyleRule[] | TooDynamic {
  const rules: StyleRule[] = [];
  for (const [i, token] of tokens.entries()) {
    const style = tokens[i - 1];
    if (token.kind !== 'raw' || token.name !== 'style' || style?.kind !== 'start') continue;
    const css = html.slice(token.start, token.end);
    const [slot] = slotsIn(css);
    if (slot !== undefined) return new TooDynamic('a mustache is in a <style>', slot.index);
    const isForScreens = SCREEN_MEDIA.test(valueOf(style, 'media')?.trim() ?? '');
    const isCss = CSS_TYPE.test(valueOf(style, 'type')?.trim() ?? '');
    if (!isForScreens || !isCss || valueOf(style, 'data-css-inline') === 'ignore') continue;
    rules.push(...parseStylesheet(css).filter((rule) => !EMPTY_SELECTOR.test(rule.selector)));
  }
  return rules;
}

function valueOf(tag: StartTag, attributeName: string): string | undefined {
  return tag.attributes.find(({ name }) => name === attributeName)?.value;
}

/** The tags alone, with an identity and with the attributes that selectors look at. */
function skeletonOf(html: string, tokens: readonly HtmlToken[], selectors: SelectorFacts): string {
  let skeleton = '';
  let id = 0;
  for (const token of tokens) {
    if (token.kind === 'start') {
      skeleton += `<${token.name} ${IDENTITY}="${id++}"${observedAttributes(token, selectors)}>`;
    } else if (token.kind === 'end') skeleton += `</${token.name}>`;
    else if (token.kind === 'comment' && /^<!doctype/i.test(html.slice(token.start, token.start + 9))) {
      skeleton += html.slice(token.start, token.end);
    }
  }
  return skeleton;
}

function observedAttributes(tag: StartTag, selectors: SelectorFacts): string {
  return tag.attributes
    .filter(({ name }) => selectors.attributes.has(name))
    .map(({ name, value }) => ` ${name}="${value.replaceAll('"', '&quot;')}"`)
    .join('');
}

/** The style of each element by identity. */
function matchRules(skeleton: string, rules: readonly StyleRule[]): ReadonlyMap<number, CascadedStyle> {
  const numbered = rules.map(({ selector }, i) => `${selector}{--r${i}:0}`).join('');
  const matched = inline(skeleton, {
    extraCss: numbered,
    inlineStyleTags: false,
    // Covers files too: a <link> of a rendered document must not read any.
    loadRemoteStylesheets: false,
  });
  const byElement = new Map<number, CascadedStyle>();
  const byMatch = new Map<string, CascadedStyle>();
  for (const token of scanHtml(matched)) {
    if (token.kind !== 'start') continue;
    const id = valueOf(token, IDENTITY);
    const match = valueOf(token, 'style');
    // The parser repeats a misnested <b> or <a>; the first one is the one of the source.
    if (id === undefined || match === undefined || byElement.has(Number(id))) continue;
    const style = byMatch.get(match) ?? cascade(rulesIn(match, rules));
    byMatch.set(match, style);
    byElement.set(Number(id), style);
  }
  return byElement;
}

function rulesIn(match: string, rules: readonly StyleRule[]): readonly StyleRule[] {
  return Array.from(match.matchAll(RULE)).flatMap(([, number]) => rules[Number(number)] ?? []);
}

function writeStyles(
  html: string,
  elements: readonly StartTag[],
  styles: ReadonlyMap<number, CascadedStyle>,
): string {
  let result = '';
  let copied = 0;
  for (const [id, element] of elements.entries()) {
    const style = styles.get(id);
    if (style === undefined) continue;
    const own = element.attributes.find((attribute) => attribute.name === 'style');
    const text = attributeText(style, own?.value ?? '');
    result +=
      own === undefined
        ? `${html.slice(copied, element.nameEnd)} style="${text}"`
        : `${html.slice(copied, own.start)}style="${text}"`;
    copied = own?.end ?? element.nameEnd;
  }
  return result + html.slice(copied);
}

function attributeText({ normal, important }: CascadedStyle, own: string): string {
  const ownText = own.trim().replace(/;$/, '').replaceAll('"', '&quot;');
  return [normal, ownText, important].filter((part) => part !== '').join(';');
}
