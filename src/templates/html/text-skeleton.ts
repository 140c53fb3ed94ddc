import { ElementStack } from './element-stack.js';
import { scanHtml, VOID_ELEMENTS, type HtmlAttribute, type StartTag } from './scan-html.js';
import { slotsIn } from './slot.js';
import { TooDynamic } from './too-dynamic.js';

/** Elements that give text its shape; all others are only their content. */
const SHAPES: ReadonlySet<string> = new Set(
  (
    'a address article aside blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p ' +
    'pre section table td th tr ul'
  ).split(' '),
);
/** Here whitespace, numbers or prefixes of lines depend on what a slot brings. */
const LINEWISE: ReadonlySet<string> = new Set(['ol', 'blockquote', 'pre']);
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set(['href', 'start', 'type']);
const HIDDEN_STYLE = /display\s*:\s*none/i;

/**
 * What of a document is text: the text that is not hidden, the tags that shape it, the addresses of links. It is
 * never deeper than a parser may recurse.
 *
 * @param html a document, or a template with slots
 * @returns html, or why the slots have to be filled first
 * @internal
 */
export function textSkeleton(html: string): string | TooDynamic {
  let skeleton = '';
  let hidden: { readonly name: string; depth: number } | undefined;
  const linewise: string[] = [];
  const open = new ElementStack();
  for (const token of scanHtml(html)) {
    switch (token.kind) {
      case 'text':
        if (hidden === undefined) skeleton += html.slice(token.start, token.end);
        break;
      case 'comment':
      case 'raw':
        break;
      case 'unclear':
        return new TooDynamic('a mustache decides the name of a tag', token.slot.index);
      case 'slot': {
        if (hidden !== undefined) break;
        const { kind, index } = token.slot;
        if (kind === 'html')
          return new TooDynamic(
            'unescaped output, or a partial called at run time, may hold elements',
            index,
          );
        const element = linewise.at(-1);
        if (element === 'pre' || (element !== undefined && kind !== 'value')) {
          return new TooDynamic(`each line of <${element}> depends on what a mustache brings`, index);
        }
        skeleton += html.slice(token.start, token.end);
        break;
      }
      case 'start': {
        const { name } = token;
        if (hidden !== undefined) {
          if (name === hidden.name) hidden.depth++;
          break;
        }
        const dynamic = dynamicTag(token);
        if (dynamic !== undefined) return dynamic;
        if (token.attributes.some(hides)) {
          if (!VOID_ELEMENTS.has(name)) hidden = { name, depth: 1 };
        } else if (SHAPES.has(name) && !open.isTooDeep) {
          if (LINEWISE.has(name)) linewise.push(name);
          if (!VOID_ELEMENTS.has(name)) open.open(name);
          skeleton += startTag(token);
        }
        break;
      }
      case 'end':
        if (hidden !== undefined) {
          if (token.name === hidden.name && --hidden.depth === 0) hidden = undefined;
        } else if (SHAPES.has(token.name) && open.close(token.name)) {
          if (LINEWISE.has(token.name)) linewise.splice(linewise.lastIndexOf(token.name));
          skeleton += `</${token.name}>`;
        }
        break;
      default:
        token satisfies never;
    }
  }
  return skeleton;
}

function startTag({ name, attributes }: StartTag): string {
  const kept = attributes.filter((attribute) => KEPT_ATTRIBUTES.has(attribute.name));
  return `<${name}${kept.map((attribute) => ` ${attribute.name}="${attribute.value.replaceAll('"', '&quot;')}"`).join('')}>`;
}

function hides({ name, value }: HtmlAttribute): boolean {
  return name === 'hidden' || (name === 'style' && HIDDEN_STYLE.test(value));
}

function dynamicTag(tag: StartTag): TooDynamic | undefined {
  if (tag.dynamic !== undefined && tag.name === 'a') {
    return new TooDynamic('a mustache brings attributes of <a>', tag.dynamic.index);
  }
  for (const attribute of tag.attributes) {
    const block = slotsIn(attribute.value).find((slot) => slot.kind === 'open');
    if (hides(attribute) && (attribute.conditional || block !== undefined)) {
      return new TooDynamic(`a block decides whether <${tag.name}> is hidden`, block?.index);
    }
    if (tag.name === 'a' && attribute.name === 'href' && attribute.conditional) {
      return new TooDynamic('a block decides about the href of <a>');
    }
  }
  return undefined;
}
