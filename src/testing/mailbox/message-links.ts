import { scanHtml } from '../../templates/html/scan-html.js';

const BARE = /\bhttps?:\/\/[^\s<>"'\])}]+/gi;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
};

/** The links of a message, each once: those of the html part in order, then those only the text part has. */
export function linksOf(html: string | undefined, text: string | undefined): readonly string[] {
  const links = new Set<string>();
  for (const token of scanHtml(html ?? '')) {
    const href =
      token.kind === 'start' && token.name === 'a' && token.attributes.find(({ name }) => name === 'href');
    if (href) links.add(decoded(href.value).trim());
  }
  for (const [link] of (text ?? '').matchAll(BARE)) links.add(link.replace(/[.,;:!?]+$/, ''));
  links.delete('');
  return [...links];
}

function decoded(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi,
    (all, hex?: string, dec?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
      const point = hex === undefined ? Number(dec) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : all;
    },
  );
}
