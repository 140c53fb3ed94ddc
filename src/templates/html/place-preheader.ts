import { scanHtml } from './scan-html.js';

const OPEN = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">';
/** Nothing to see, but wide enough that no inbox shows the text that follows. */
const FILLING = '&#847;&zwnj;&nbsp;'.repeat(60);

/**
 * The place of a preheader in a document: at the beginning of its body, hidden.
 *
 * @param html a document or a fragment, or a template with slots
 * @param preheader text, or a template of one
 * @internal
 */
export function placePreheader(html: string, preheader: string): string {
  const element = hiddenPreheader(preheader);
  const at = scanHtml(html).find((token) => token.kind === 'start' && token.name === 'body')?.end ?? 0;
  return html.slice(0, at) + element + html.slice(at);
}

/** The element of a preheader alone. @internal */
export function hiddenPreheader(preheader: string): string {
  return `${OPEN}${escapeText(preheader)}${FILLING}</div>`;
}

function escapeText(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
