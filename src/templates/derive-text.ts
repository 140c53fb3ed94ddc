import { plainText } from './html/plain-text.js';
import { withoutMarks } from './html/slot.js';
import { textSkeleton } from './html/text-skeleton.js';

/**
 * The plain text of html, for mails that come without a text part: paragraphs apart, links as `text [address]`,
 * no images, no hidden elements, no wrapped lines. `MailService` calls it for drafts with `html` and no `text`.
 *
 * Bounded: of a document with more than 256 Ki characters of text and shape, the beginning.
 *
 * @publicApi
 */
export function deriveText(html: string): string {
  if (!/[<&]/.test(html)) return html.replace(/\s+/g, ' ').trim();
  const skeleton = textSkeleton(withoutMarks(html));
  return typeof skeleton === 'string' ? plainText(skeleton) : '';
}
