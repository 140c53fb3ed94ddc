import { scanHtml, VOID_ELEMENTS, type StartTag } from '../html/scan-html.js';
import { hasWholeBlocks, slotMark, slotsIn, type SlotKind } from '../html/slot.js';
import { TooDynamic } from '../html/too-dynamic.js';

/**
 * Makes html of MJML. What it throws is a problem of the document.
 *
 * @publicApi
 */
export type MjmlEngine = (source: string) => string;

/** Elements whose content is html or text, which MJML passes along as it is. */
const PASSES_CONTENT: ReadonlySet<string> = new Set(
  (
    'mj-text mj-button mj-table mj-raw mj-title mj-preview mj-navbar-link mj-social-element ' +
    'mj-accordion-title mj-accordion-text'
  ).split(' '),
);
/** Elements whose children do not depend on one another. */
const TAKES_BLOCKS: ReadonlySet<string> = new Set(['mj-body', 'mj-column']);
/** Attributes that MJML copies and does not reckon with. */
const COPIED_ATTRIBUTES: ReadonlySet<string> = new Set('href src alt title name rel target'.split(' '));
const TOKEN = /mailrelayslot([a-z]+)(\d+)end/g;
const MARK = /[\uFDD0-\uFDD4]\d+\uFDD5/g;

/**
 * MJML with slots as html with the same slots. A slot is a word to MJML; where it would be lost between elements, it
 * becomes an element that is passed along.
 *
 * @returns html, or why the slots have to be filled first
 * @throws what the engine throws
 * @internal
 */
export function compileMjml(source: string, toHtml: MjmlEngine): string | TooDynamic {
  if (source.includes('mailrelayslot')) return new TooDynamic('its text looks like a slot');
  const words = slotsAsWords(source);
  if (words instanceof TooDynamic) return words;
  const html = toHtml(words).replace(TOKEN, (_, kind: SlotKind, index: string) =>
    slotMark({ kind, index: Number(index) }),
  );
  const kept = new Set(slotsIn(html).map(({ kind, index }) => `${kind}${index}`));
  const lost = slotsIn(source).find(({ kind, index }) => !kept.has(`${kind}${index}`));
  return lost === undefined ? html : new TooDynamic('MJML leaves out what a mustache stands for', lost.index);
}

/** Puts a preheader where MJML wants it. @internal */
export function placeMjmlPreview(source: string, preheader: string): string {
  const text = preheader.replace(/\s+/g, ' ').trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const preview = `<mj-preview>${text}</mj-preview>`;
  const tags = scanHtml(source).filter((token) => token.kind === 'start');
  const head = tags.find(({ name }) => name === 'mj-head');
  const at = (head ?? tags.find(({ name }) => name === 'mjml'))?.end ?? 0;
  return (
    source.slice(0, at) + (head === undefined ? `<mj-head>${preview}</mj-head>` : preview) + source.slice(at)
  );
}

function slotsAsWords(source: string): string | TooDynamic {
  let words = '';
  let copied = 0;
  const open: string[] = [];
  const blocks: number[] = [];
  for (const token of scanHtml(source)) {
    switch (token.kind) {
      case 'start': {
        const dynamic = dynamicAttribute(token, open);
        if (dynamic !== undefined) return dynamic;
        if (!source.slice(token.start, token.end).endsWith('/>') && !VOID_ELEMENTS.has(token.name)) {
          open.push(token.name);
        }
        break;
      }
      case 'end': {
        const at = open.lastIndexOf(token.name);
        if (at !== -1) open.length = at;
        if (open.length < (blocks.at(-1) ?? 0))
          return new TooDynamic(`a block ends a <${token.name}> that began before it`);
        break;
      }
      case 'unclear':
        return new TooDynamic('a mustache decides the name of a tag', token.slot.index);
      case 'slot': {
        const { kind, index } = token.slot;
        if (kind === 'open') blocks.push(open.length);
        else if ((kind === 'else' || kind === 'close') && blocks.at(-1) !== open.length) {
          return new TooDynamic('a block begins in one element and ends in another', index);
        }
        if (kind === 'close') blocks.pop();
        if (open.some((name) => PASSES_CONTENT.has(name))) break;
        const parent = open.at(-1) ?? 'mjml';
        if (kind === 'value' || kind === 'html' || !TAKES_BLOCKS.has(parent)) {
          return new TooDynamic(`a mustache decides about what is in <${parent}>`, index);
        }
        words += `${source.slice(copied, token.start)}<mj-raw>${source.slice(token.start, token.end)}</mj-raw>`;
        copied = token.end;
        break;
      }
      case 'raw':
      case 'comment':
      case 'text':
        break;
      default:
        token satisfies never;
    }
  }
  words += source.slice(copied);
  // Some engines write these characters in their own way; letters they leave alone.
  return words.replace(MARK, (mark) => {
    const [slot] = slotsIn(mark);
    return slot === undefined ? mark : `mailrelayslot${slot.kind}${slot.index}end`;
  });
}

function dynamicAttribute(tag: StartTag, open: readonly string[]): TooDynamic | undefined {
  if (open.some((name) => PASSES_CONTENT.has(name))) return undefined;
  if (tag.dynamic !== undefined)
    return new TooDynamic(`a mustache brings attributes of <${tag.name}>`, tag.dynamic.index);
  for (const { name, value, conditional } of tag.attributes) {
    const [slot] = slotsIn(value);
    if (conditional) return new TooDynamic(`a block decides about the ${name} of <${tag.name}>`, slot?.index);
    if (slot !== undefined && (!COPIED_ATTRIBUTES.has(name) || !hasWholeBlocks(value))) {
      return new TooDynamic(`a mustache is in the ${name} of <${tag.name}>`, slot.index);
    }
  }
  return undefined;
}
