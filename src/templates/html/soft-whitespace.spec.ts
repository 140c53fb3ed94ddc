import { describe, expect, it } from 'vitest';

import { slotMark } from './slot.js';
import { settleWhitespace, softenAroundBlocks } from './soft-whitespace.js';

const open = slotMark({ kind: 'open', index: 0 });
const close = slotMark({ kind: 'close', index: 0 });
const value = slotMark({ kind: 'value', index: 1 });

/** The text with the block rendered so many times. */
function render(text: string, times: number): string {
  const soft = softenAroundBlocks(text).replaceAll(value, 'V');
  const [before = '', rest = ''] = soft.split(open);
  const [block = '', after = ''] = rest.split(close);
  return settleWhitespace(before + block.repeat(times) + after);
}

describe('whitespace beside a block', () => {
  it.each([
    ['a paragraph', `a\n\n${open}\n\nb\n\n${close}\n\nc`, ['a\n\nc', 'a\n\nb\n\nc', 'a\n\nb\n\nb\n\nc']],
    ['a line', `a\n${open}\nb\n${close}\nc`, ['a\nc', 'a\nb\nc', 'a\nb\nb\nc']],
    [
      'a line between paragraphs',
      `a\n\n${open}\nb\n${close}\n\nc`,
      ['a\n\nc', 'a\n\nb\n\nc', 'a\n\nb\nb\n\nc'],
    ],
    [
      'an indented line',
      `- a\n  ${open}\n  b\n  ${close}\n  c`,
      ['- a\n  c', '- a\n  b\n  c', '- a\n  b\n  b\n  c'],
    ],
    ['words', `a ${open}b ${close}c`, ['a c', 'a b c', 'a b b c']],
    ['a word with spaces on all sides', `a ${open} b ${close} c`, ['a c', 'a b c', 'a b b c']],
    ['the beginning', `${open}\n\na\n\n${close}\n\nb`, ['b', 'a\n\nb', 'a\n\na\n\nb']],
    ['the end', `a\n\n${open}\n\nb\n\n${close}`, ['a', 'a\n\nb', 'a\n\nb\n\nb']],
  ])('that is %s is what fits', (_, text, rendered) => {
    expect([0, 1, 2].map((times) => render(text, times))).toEqual(rendered);
  });

  it('stays as it is elsewhere', () => {
    expect(render(`a  ${value}  b${open}${close}`, 1)).toBe('a  V  b');
  });

  it('leaves at most one line empty where a value is empty', () => {
    expect(settleWhitespace('a\n\n\n\nb')).toBe('a\n\nb');
  });

  it('settles a megabyte of control characters in a value soon', () => {
    expect(settleWhitespace('\u0001\u0003'.repeat(500_000))).toBe('');
  });
});
