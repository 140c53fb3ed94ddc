import { VOID_ELEMENTS, type HtmlToken, type StartTag } from '../html/scan-html.js';
import { contrastOf, parseColour, type Colour } from './css-colour.js';
import type { RawFinding } from './template-finding.js';

/** What an element's text looks like; undefined where the document does not say, or says it with a slot. */
interface Look {
  readonly name: string;
  readonly colour: Colour | undefined;
  readonly background: Colour | undefined;
  readonly sizePx: number | undefined;
  readonly bold: boolean;
}

const MIN_RATIO = 4.5;
const MIN_RATIO_LARGE = 3;
const LARGE_PX = 24;
const LARGE_BOLD_PX = 18.66;
const MAX_DEPTH = 512;

const PLAIN: Look = { name: '', colour: undefined, background: undefined, sizePx: undefined, bold: false };

/**
 * Text whose colour is too near to its background, where inline styles and attributes say both. Meant for a document
 * whose css is inlined.
 */
export function lintContrast(html: string, tokens: readonly HtmlToken[]): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const stack: Look[] = [PLAIN];
  const told = new Set<Look>();
  for (const token of tokens) {
    const look = stack.at(-1) ?? PLAIN;
    if (token.kind === 'start' && !VOID_ELEMENTS.has(token.name) && stack.length < MAX_DEPTH) {
      stack.push(lookOf(token, look));
    } else if (token.kind === 'end') {
      const open = stack.findLastIndex(({ name }) => name === token.name);
      if (open > 0) stack.length = open;
    } else if (token.kind === 'text' || token.kind === 'slot') {
      const blank = token.kind === 'text' && html.slice(token.start, token.end).trim() === '';
      const finding = blank || told.has(look) ? undefined : judge(look, token.start);
      if (!finding) continue;
      told.add(look);
      findings.push(finding);
    }
  }
  return findings;
}

function judge({ colour, background, sizePx, bold }: Look, offset: number): RawFinding | undefined {
  if (!colour || !background) return undefined;
  const isLarge = sizePx !== undefined && sizePx >= (bold ? LARGE_BOLD_PX : LARGE_PX);
  const ratio = contrastOf(colour, background);
  if (ratio >= (isLarge ? MIN_RATIO_LARGE : MIN_RATIO)) return undefined;
  return {
    rule: 'low-contrast',
    message: `Text and background are ${ratio.toFixed(1)} to 1 apart`,
    offset,
  };
}

function lookOf(tag: StartTag, outer: Look): Look {
  let { colour, background, sizePx, bold } = outer;
  if (/^(?:b|strong|h[1-6]|th)$/.test(tag.name)) bold = true;
  // A link has a colour of its own in every client, unless the document says otherwise.
  if (tag.name === 'a') colour = undefined;
  for (const { name, value } of tag.attributes) {
    if (name === 'bgcolor') background = parseColour(value);
    else if (name === 'color' && tag.name === 'font') colour = parseColour(value);
    else if (name === 'background') background = undefined;
  }
  const style = tag.attributes.find(({ name }) => name === 'style')?.value ?? '';
  for (const declaration of style.replaceAll('&quot;', '"').split(';')) {
    const colon = declaration.indexOf(':');
    const property = declaration.slice(0, colon).trim().toLowerCase();
    const value = declaration
      .slice(colon + 1)
      .replace(/!important\s*$/i, '')
      .trim();
    if (property === 'color') colour = value === 'inherit' ? outer.colour : parseColour(value);
    else if (property === 'background-color')
      background = transparent(value) ? outer.background : parseColour(value);
    else if (property === 'background')
      background = /^none\b|^transparent$/i.test(value) ? outer.background : parseColour(value);
    else if (property === 'background-image' && value !== 'none') background = undefined;
    else if (property === 'font-size') sizePx = pixels(value);
    else if (property === 'font-weight') bold = /^(?:bold|bolder|[7-9]00)$/.test(value);
    // What is hidden is not read: the preheader above all.
    else if (property === 'display' && value === 'none') colour = undefined;
    else if (property === 'opacity') colour = undefined;
  }
  return { name: tag.name, colour, background, sizePx, bold };
}

function transparent(value: string): boolean {
  return value === 'transparent' || value === 'inherit' || value === 'initial';
}

function pixels(value: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(px|pt)$/i.exec(value);
  if (!match) return undefined;
  return Number(match[1]) * (match[2]?.toLowerCase() === 'pt' ? 4 / 3 : 1);
}
