import { compile, type FormatCallback } from 'html-to-text';

/** Far above any mail that a client shows whole: Gmail cuts at 102 KB of html. */
const MAX_CHARS = 256 * 1024;

const ownLine = { leadingLineBreaks: 1, trailingLineBreaks: 1 };
const paragraph = { leadingLineBreaks: 2, trailingLineBreaks: 2 };
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder);
  builder.addInline(' ');
};

const convert = compile({
  wordwrap: false,
  formatters: { cell },
  limits: { maxInputLength: MAX_CHARS },
  selectors: [
    // Upper case would tell words of the template from words of the context.
    ...headings.map((selector) => ({
      selector,
      format: 'heading',
      options: { ...paragraph, uppercase: false },
    })),
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'tr', format: 'block', options: ownLine },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
  ],
});

/**
 * Lays out a text skeleton: paragraphs apart, table rows and list items on lines of their own, links as
 * `text [address]`, at most one blank line, no line wrapped. Slots pass like words.
 *
 * @internal
 */
export function plainText(skeleton: string): string {
  const lines = convert(skeleton.slice(0, cutAt(skeleton))).split('\n');
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
}

/** Before a tag, so that none is cut in two. */
function cutAt(skeleton: string): number {
  if (skeleton.length <= MAX_CHARS) return skeleton.length;
  const tag = skeleton.lastIndexOf('<', MAX_CHARS);
  return tag > 0 ? tag : MAX_CHARS;
}
