import { ElementStack } from './element-stack.js';
import type { HtmlToken, StartTag } from './scan-html.js';
import { VOID_ELEMENTS } from './scan-html.js';
import type { SelectorFacts } from './selector-facts.js';
import { hasWholeBlocks, slotsIn } from './slot.js';
import { TooDynamic } from './too-dynamic.js';

/**
 * Says why the cascade cannot be known before the slots are filled; undefined when it can. It can when every slot
 * leaves alone what selectors look at: the tree of elements, and the attributes they name.
 *
 * @throws RangeError when the document nests too deeply for any parser
 * @internal
 */
export function findDynamic(
  html: string,
  tokens: readonly HtmlToken[],
  selectors: SelectorFacts,
): TooDynamic | undefined {
  const open = new ElementStack();
  const blocks: number[] = [];
  for (const token of tokens) {
    switch (token.kind) {
      case 'text':
        break;
      case 'raw':
      case 'comment':
        if (!hasWholeBlocks(html.slice(token.start, token.end))) {
          return new TooDynamic(
            `a block begins or ends inside a comment or <${token.kind === 'raw' ? token.name : '!--'}>`,
          );
        }
        break;
      case 'unclear':
        return new TooDynamic('a mustache decides the name of a tag', token.slot.index);
      case 'slot': {
        const { kind, index } = token.slot;
        if (kind === 'html')
          return new TooDynamic(
            'unescaped output, or a partial called at run time, may hold elements',
            index,
          );
        if (kind === 'value') break;
        if (kind === 'open') blocks.push(open.depth);
        else if (blocks.at(-1) !== open.depth)
          return new TooDynamic('a block begins in one element and ends in another', index);
        if (kind === 'close') blocks.pop();
        break;
      }
      case 'start': {
        const dynamic = dynamicTag(token, selectors, blocks.length > 0);
        if (dynamic !== undefined) return dynamic;
        if (!VOID_ELEMENTS.has(token.name)) open.open(token.name);
        // Native parsers recurse: past some thousands of levels the css-inline addon ends the process.
        if (open.isTooDeep)
          throw new RangeError('the html nests too many elements, or leaves too many without an end tag');
        break;
      }
      case 'end': {
        open.close(token.name);
        if (open.depth < (blocks.at(-1) ?? 0))
          return new TooDynamic(`a block ends a <${token.name}> that began before it`);
        break;
      }
      default:
        token satisfies never;
    }
  }
  return undefined;
}

function dynamicTag(tag: StartTag, selectors: SelectorFacts, inBlock: boolean): TooDynamic | undefined {
  const { name, dynamic } = tag;
  if (dynamic !== undefined)
    return new TooDynamic(`a mustache brings attributes of <${name}>`, dynamic.index);
  if (inBlock && name === 'style') return new TooDynamic('a block decides about a <style>');
  if (inBlock && selectors.siblings !== undefined) {
    return new TooDynamic(
      `the selector ${JSON.stringify(selectors.siblings)} counts siblings, and a block repeats or leaves out <${name}>`,
    );
  }
  for (const attribute of tag.attributes) {
    const [slot] = slotsIn(attribute.value);
    const observed = selectors.attributes.has(attribute.name);
    if (observed && slot !== undefined)
      return new TooDynamic(`a mustache is in the ${attribute.name} of <${name}>`, slot.index);
    if (attribute.conditional && (observed || attribute.name === 'style')) {
      return new TooDynamic(`a block decides about the ${attribute.name} of <${name}>`);
    }
  }
  return undefined;
}
