import type { HtmlAttribute, StartTag } from '../html/scan-html.js';
import { slotAt } from '../html/slot.js';
import type { RawFinding } from './template-finding.js';

/** Where `cid:` images come from: undefined when that is not known. */
export type KnownCids = ReadonlySet<string> | undefined;

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const SCRIPT_SCHEMES: ReadonlySet<string> = new Set(['javascript', 'vbscript', 'data']);
const ENTITY_OR_SPACE = /&(?:#x[\da-f]+|#\d+|\w+);?|[\s\p{Cc}]+/giu;

/** What is wrong with one element, by itself. */
export function lintElement(tag: StartTag, cids: KnownCids): readonly RawFinding[] {
  if (tag.name === 'img') return lintImage(tag, cids);
  if (tag.name === 'a' || tag.name === 'area') return lintLink(tag);
  const background = attribute(tag, 'background');
  return background ? lintSource(background, cids, tag.name) : [];
}

function lintImage(tag: StartTag, cids: KnownCids): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  // A slot in the tag may bring the attribute.
  if (!attribute(tag, 'alt') && !tag.dynamic) {
    findings.push({ rule: 'missing-alt', message: 'An image has no alternative text', offset: tag.start });
  }
  const source = attribute(tag, 'src');
  if (source) findings.push(...lintSource(source, cids, 'image'));
  return findings;
}

function lintSource(
  { value, start: offset }: HtmlAttribute,
  cids: KnownCids,
  what: string,
): readonly RawFinding[] {
  const text = value.trim();
  if (text === '' || slotAt(text, 0)) return [];
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'https':
      return [];
    case 'cid': {
      const cid = text.slice('cid:'.length);
      if (!cids || cids.has(cid) || /[\uFDD0-\uFDD5]/.test(cid)) return [];
      return [{ rule: 'missing-cid', message: `No file of the assets has the cid "${cid}"`, offset }];
    }
    case 'http':
      return [{ rule: 'insecure-image', message: `The address of an ${what} is not encrypted`, offset }];
    case 'data':
      return [{ rule: 'data-image', message: `An ${what} is written into the html`, offset }];
    default:
      return [{ rule: 'relative-image', message: `The address of an ${what} has no beginning`, offset }];
  }
}

function lintLink(tag: StartTag): readonly RawFinding[] {
  const href = attribute(tag, 'href');
  if (!href) return [];
  const text = href.value.trim();
  if (text === '' || text.startsWith('#') || slotAt(text, 0)) return [];
  // A browser takes `java&#10;script:` for what it is.
  const scheme = SCHEME.exec(decodeRoughly(text))?.[1]?.toLowerCase();
  const offset = href.start;
  if (scheme !== undefined && SCRIPT_SCHEMES.has(scheme)) {
    return [{ rule: 'script-link', message: `A link begins with ${scheme}:`, offset }];
  }
  if (scheme === undefined) {
    return [{ rule: 'relative-link', message: 'A link has no beginning', offset }];
  }
  return [];
}

function decodeRoughly(text: string): string {
  return text.replace(ENTITY_OR_SPACE, (entity) => {
    const [, hex, decimal] = /^&#(?:x([\da-f]+)|(\d+))/i.exec(entity) ?? [];
    if (hex === undefined && decimal === undefined) return entity.toLowerCase() === '&colon;' ? ':' : '';
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 32 && point < 127 ? String.fromCharCode(point) : '';
  });
}

function attribute(tag: StartTag, name: string): HtmlAttribute | undefined {
  return tag.attributes.find((one) => one.name === name);
}
