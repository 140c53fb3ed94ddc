import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { scanHtml, type HtmlToken } from './scan-html.js';
import { slotMark } from './slot.js';

const value = slotMark({ kind: 'value', index: 1 });
const open = slotMark({ kind: 'open', index: 2 });
const close = slotMark({ kind: 'close', index: 2 });

/** Kind and text of each token; `!` marks tags that a slot adds to. */
function show(html: string): readonly string[] {
  return scanHtml(html).map((token) => {
    const dynamic = token.kind === 'start' && token.dynamic !== undefined ? '!' : '';
    return `${token.kind}${dynamic} ${html.slice(token.start, token.end)}`;
  });
}

function attributes(html: string): readonly unknown[] {
  const [token] = scanHtml(html);
  return token?.kind === 'start'
    ? token.attributes.map(({ name, value: text, conditional }) => [name, text, conditional])
    : [];
}

describe('scanHtml', () => {
  it.each([
    ['text and tags', 'a<P class=x>b</P >', ['text a', 'start <P class=x>', 'text b', 'end </P >']],
    ['brackets that begin no tag', 'a < b <3 </ c', ['text a < b <3 </ c']],
    ['brackets in attributes', '<a b=">" c=\'</a>\'>d', ['start <a b=">" c=\'</a>\'>', 'text d']],
    [
      'comments',
      '<!-- <p> -->a<!---->b<!-->c',
      ['comment <!-- <p> -->', 'text a', 'comment <!---->', 'text b', 'comment <!-->', 'text c'],
    ],
    [
      'a comment for Outlook',
      '<!--[if mso]><td><![endif]--><p>',
      ['comment <!--[if mso]><td><![endif]-->', 'start <p>'],
    ],
    [
      'a comment that others see through',
      '<!--[if !mso]><!--><p><!--<![endif]-->',
      ['comment <!--[if !mso]><!-->', 'start <p>', 'comment <!--<![endif]-->'],
    ],
    [
      'declarations',
      '<!DOCTYPE html><?xml a?><![if !mso]>',
      ['comment <!DOCTYPE html>', 'comment <?xml a?>', 'comment <![if !mso]>'],
    ],
    [
      'raw text',
      '<style>a>b{}<p></style><title><b></title>',
      ['start <style>', 'raw a>b{}<p>', 'end </style>', 'start <title>', 'raw <b>', 'end </title>'],
    ],
    ['raw text without end', '<style>a{}', ['start <style>', 'raw a{}']],
    ['a tag without end', 'a<p class="x', ['text a', 'start <p class="x']],
  ])('reads %s', (_, html, tokens) => {
    expect(show(html)).toEqual(tokens);
  });

  it.each([
    ['in text', `a${value}b`, ['text a', `slot ${value}`, 'text b']],
    ['in a value', `<a b="${value}" c=${value}>`, [`start <a b="${value}" c=${value}>`]],
    ['between attributes', `<a ${value} b>`, [`start! <a ${value} b>`]],
    ['in an attribute name', `<a b${value}="1">`, [`start! <a b${value}="1">`]],
    ['after a value', `<a b="1"${value}>`, [`start! <a b="1"${value}>`]],
    ['as a block around attributes', `<a ${open}b="1"${close}>`, [`start <a ${open}b="1"${close}>`]],
    ['as a block behind the name', `<a${open} b${close}>`, [`start <a${open} b${close}>`]],
    ['as a block that ends elsewhere', `<a ${open}b>${close}`, [`start! <a ${open}b>`, `slot ${close}`]],
    ['as a block that begins in a value', `<a b="${open}" ${close}>`, [`start! <a b="${open}" ${close}>`]],
    [
      'as a block from one value into another',
      `<a b="${open}" c="${close}">`,
      [`start! <a b="${open}" c="${close}">`],
    ],
    ['as a name', `<${value} a>`, [`unclear <${value}`, 'text  a>']],
    ['in a name', `<h${value}>`, [`unclear <h${value}`, 'text >']],
    ['in an end tag', `</h${value}>`, [`unclear </h${value}`, 'text >']],
  ])('reads a slot %s', (_, html, tokens) => {
    expect(show(html)).toEqual(tokens);
  });

  it('reads attributes with and without quotes and values', () => {
    expect(attributes('<a HREF = "x y" b=\'c"\' d=e/f g data-h=>')).toEqual([
      ['href', 'x y', false],
      ['b', 'c"', false],
      ['d', 'e/f', false],
      ['g', '', false],
      ['data-h', '', false],
    ]);
  });

  it('tells which attributes a block decides about', () => {
    expect(attributes(`<a ${open}b="1" ${close}c="${value}">`)).toEqual([
      ['b', '1', true],
      ['c', value, false],
    ]);
  });

  it('loses no character of any text', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      ' ',
      'a',
      'style',
      '<!--',
      '-->',
      '</style>',
      value,
      open,
      close,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const html = pieces.join('');
        const tokens: readonly HtmlToken[] = scanHtml(html);
        expect(tokens.map((token) => html.slice(token.start, token.end)).join('')).toBe(html);
      }),
      { numRuns: 2000 },
    );
  });
});
