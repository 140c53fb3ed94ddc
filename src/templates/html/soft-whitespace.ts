import { slotAt } from './slot.js';

/*
 * Whitespace beside the beginning, middle and end of a block depends on whether the block comes: two line breaks
 * around one that does not are one. In the template such whitespace is held by control characters, which no text
 * contains; it is settled after the render.
 */
const LINE = '\u0001';
const PARAGRAPH = '\u0002';
const SPACE = '\u0003';
const INDENT = '\u0004';
// eslint-disable-next-line no-control-regex -- these are the characters above
const SOFT = /[\u0001-\u0004]+/g;
const SLOT = /([\uFDD0-\uFDD4]\d+\uFDD5)/;
const PIECE = /^([ \n]*)([\s\S]*?)([ \n]*)$/;

/**
 * Makes the whitespace beside blocks soft.
 *
 * @internal
 */
export function softenAroundBlocks(text: string): string {
  // Odd pieces are the slots themselves: split keeps what the group captures.
  const pieces = text.replace(SOFT, ' ').split(SLOT);
  return pieces
    .map((piece, i) => {
      if (i % 2 === 1) return piece;
      const [, before = '', body = '', after = ''] = PIECE.exec(piece) ?? [];
      const followsBlock = isBlockMark(pieces[i - 1]);
      const precedesBlock = isBlockMark(pieces[i + 1]);
      if (body === '') return followsBlock || precedesBlock ? soften(before) : before;
      return (followsBlock ? soften(before) : before) + body + (precedesBlock ? soften(after) : after);
    })
    .join('');
}

/**
 * Turns soft whitespace into what it comes to: of all line breaks that met, the widest, and at most one space. At
 * most one line stays empty.
 *
 * @internal
 */
export function settleWhitespace(text: string): string {
  const settled = text.replace(SOFT, settle).trim();
  return settled.includes('\n\n\n') ? settled.replace(/\n{3,}/g, '\n\n') : settled;
}

function isBlockMark(slot: string | undefined): boolean {
  return slot !== undefined && slotAt(slot, 0)?.kind !== 'value';
}

function soften(whitespace: string): string {
  const newline = whitespace.lastIndexOf('\n');
  if (newline === -1) return whitespace === '' ? '' : SPACE;
  const kind = whitespace.indexOf('\n') === newline ? LINE : PARAGRAPH;
  return kind + INDENT.repeat(whitespace.length - newline - 1);
}

function settle(run: string): string {
  let breaks = 0;
  let indent = 0;
  for (const mark of run) {
    if (mark === INDENT) indent++;
    if (mark !== LINE && mark !== PARAGRAPH) continue;
    breaks = Math.max(breaks, mark === LINE ? 1 : 2);
    indent = 0;
  }
  if (breaks === 0) return indent === 0 ? ' ' : ' '.repeat(indent);
  return '\n'.repeat(breaks) + ' '.repeat(indent);
}
