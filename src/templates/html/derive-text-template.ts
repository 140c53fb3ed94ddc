import { plainText } from './plain-text.js';
import { softenAroundBlocks } from './soft-whitespace.js';
import { textSkeleton } from './text-skeleton.js';
import { TooDynamic } from './too-dynamic.js';

/**
 * The text part of a template, with the same slots. What is rendered from it goes through `settleWhitespace`.
 *
 * @internal
 */
export function deriveTextTemplate(html: string): string | TooDynamic {
  const skeleton = textSkeleton(html);
  return skeleton instanceof TooDynamic ? skeleton : softenAroundBlocks(plainText(skeleton));
}
