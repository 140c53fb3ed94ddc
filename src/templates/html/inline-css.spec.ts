import { describe, expect, it } from 'vitest';

import { TemplateFolder } from '../../../test/support/template-folder.js';
import { inlineCss } from './inline-css.js';
import { slotMark, type SlotKind } from './slot.js';
import { TooDynamic } from './too-dynamic.js';

/** `{v}`, `{h}`, `{o}`, `{e}` and `{c}` stand for slots: value, html, and the parts of a block. */
function slots(html: string): string {
  const kinds: Readonly<Record<string, SlotKind>> = {
    v: 'value',
    h: 'html',
    o: 'open',
    e: 'else',
    c: 'close',
  };
  return html.replace(/\{([vhoec])\}/g, (_, kind: string) =>
    slotMark({ kind: kinds[kind] ?? 'html', index: 7 }),
  );
}

function inlined(css: string, body: string): string {
  const html = inlineCss(slots(`<style>${css}</style>${body}`));
  if (typeof html !== 'string') throw new Error(html.reason);
  expect(html.startsWith(`<style>${css}</style>`)).toBe(true);
  return html.slice(`<style>${css}</style>`.length);
}

describe('a style attribute', () => {
  it.each([
    ['is made', 'p{color:red}', '<p>a</p>', '<p style="color:red">a</p>'],
    ['comes before the others', 'p{color:red}', '<p\nclass="a">', '<p style="color:red"\nclass="a">'],
    [
      'has higher specificity later',
      '#a{top:1px}.b{top:2px;left:0}p{left:1px}',
      '<p id=a class=b>',
      '<p style="left:0;top:1px" id=a class=b>',
    ],
    [
      'keeps the order of shorthands',
      '.a{padding:0}.b{padding-left:1px}#c{padding:9px}',
      '<p class="a b" id="c">',
      '<p style="padding-left:1px;padding:9px" class="a b" id="c">',
    ],
    [
      'keeps fallback values of one rule',
      'p{color:red;color:var(--x)}',
      '<p>',
      '<p style="color:red;color:var(--x)">',
    ],
    [
      'ends with what the element says itself',
      'p{color:red}',
      '<p style="color: blue;">',
      '<p style="color:red;color: blue">',
    ],
    [
      'overrides that by what is important',
      'p{color:red!important}',
      '<p style="color:blue">',
      '<p style="color:blue;color:red">',
    ],
    [
      'is quoted',
      'p{font:"A";color:x("\'")}',
      '<p style=\'a:"b"\'>',
      `<p style="font:'A';color:x(&quot;'&quot;);a:&quot;b&quot;">`,
    ],
    [
      'has its ampersands escaped',
      'p{background:url(a?b&c)}',
      '<p>',
      '<p style="background:url(a?b&amp;c)">',
    ],
    ['without quotes is understood', 'p{color:red}', '<p style=top:0 x>', '<p style="color:red;top:0" x>'],
  ])('%s', (_, css, body, expected) => {
    expect(inlined(css, body)).toBe(expected);
  });
});

describe('what stays as it is', () => {
  it.each([
    ['implied elements', 'td{top:0}', '<table><tr><td>a</table>', '<table><tr><td style="top:0">a</table>'],
    [
      'a block in a table',
      'tr td{top:0}',
      '<table>{o}<tr><td>{v}</td></tr>{c}</table>',
      '<table>{o}<tr><td style="top:0">{v}</td></tr>{c}</table>',
    ],
    [
      'a comment for Outlook',
      'td{top:0}',
      '<!--[if mso]><table><td><![endif]--><p>',
      '<!--[if mso]><table><td><![endif]--><p>',
    ],
    [
      'what others see between comments',
      'p{top:0}',
      '<!--[if !mso]><!--><p><!--<![endif]-->',
      '<!--[if !mso]><!--><p style="top:0"><!--<![endif]-->',
    ],
    [
      'conditional rules',
      'a:hover{top:0}@media print{a{top:1px}}@font-face{src:x}a::before{top:2px}',
      '<a>',
      '<a>',
    ],
    [
      'an element that asks for it',
      'p{top:0}',
      '<p data-css-inline="ignore">a</p>',
      '<p data-css-inline="ignore">a</p>',
    ],
    ['odd white space and case', 'p{top:0}', '<P  CLASS = a ></P >', '<P style="top:0"  CLASS = a ></P >'],
    ['an element that the parser drops', 'td{top:0}', '<td>a</td>', '<td>a</td>'],
    [
      'a misnested element whose second half is elsewhere',
      '.a b{top:0}.b b{top:1px}',
      '<p class=a><b>x</p><p class=b><i>y</i></b></p>',
      '<p class=a><b style="top:0">x</p><p class=b><i>y</i></b></p>',
    ],
    [
      'a misnested element, of which the parser makes two',
      'b{top:0}',
      '<p><b>x</p><p>y</b></p>',
      '<p><b style="top:0">x</p><p>y</b></p>',
    ],
  ])('%s', (_, css, body, expected) => {
    expect(inlined(css, body)).toBe(slots(expected));
  });

  it.each([
    ['for print', '<style media="print">p{top:0}</style>'],
    ['that asks to be ignored', '<style data-css-inline="ignore">p{top:0}</style>'],
    ['of another language', '<style type="text/less">p{top:0}</style>'],
    ['that is linked', '<link rel="stylesheet" href="file:///etc/passwd"><style></style>'],
    ['that is imported', '<style>@import url("http://127.0.0.1:1/x.css");</style>'],
  ])('elements with a style sheet %s', (_, style) => {
    expect(inlineCss(`${style}<p>a</p>`)).toBe(`${style}<p>a</p>`);
  });

  it('elements that a linked file would style, even when selectors look at links', async () => {
    const folder = await TemplateFolder.with({ 'a.css': 'p{top:0}' });
    const html = `<style>[rel][href]{left:0}</style><link rel="stylesheet" href="${folder.dir}/a.css"><p>a</p>`;
    expect(inlineCss(html)).toMatch(/<p>a<\/p>$/);
    await folder.remove();
  });

  it('a style sheet that asks to be kept, as every one is', () => {
    const style = '<style data-css-inline="keep">p{top:0}</style>';
    expect(inlineCss(`${style}<p>`)).toBe(`${style}<p style="top:0">`);
  });

  it('a document without style sheet, whatever its slots', () => {
    const html = slots('<{v}><p class="{v}">{h}');
    expect(inlineCss(html)).toBe(html);
  });
});

describe('a slot is no obstacle', () => {
  it.each([
    ['in text', '<p>{v}</p>', '<p style="top:0">{v}</p>'],
    [
      'in an attribute that no selector names',
      '<p title="{v}" lang={h}>',
      '<p style="top:0" title="{v}" lang={h}>',
    ],
    [
      'in the style attribute',
      '<p style="color:{v}{o};left:0{c}">',
      '<p style="top:0;color:{v}{o};left:0{c}">',
    ],
    [
      'around an attribute that no selector names',
      '<p {o}lang="de"{c}>',
      '<p style="top:0" {o}lang="de"{c}>',
    ],
    [
      'around whole elements',
      '{o}<p>a</p>{e}<p>b</p>{c}',
      '{o}<p style="top:0">a</p>{e}<p style="top:0">b</p>{c}',
    ],
    ['in a comment', '<!-- {h} --><p>', '<!-- {h} --><p style="top:0">'],
  ])('%s', (_, body, expected) => {
    expect(inlined('p{top:0}', body)).toBe(slots(expected));
  });
});

describe('a document is too dynamic with', () => {
  it.each([
    ['a slot in a class', 'p{top:0}', '<p class="a {v}">', 'a mustache is in the class of <p>'],
    ['a slot in an id', 'p{top:0}', '<p id={v}>', 'a mustache is in the id of <p>'],
    [
      'a slot in an attribute that a selector names',
      'p[title]{top:0}',
      '<p title="{v}">',
      'in the title of <p>',
    ],
    ['a slot in a tag name', 'p{top:0}', '<h{v}>', 'the name of a tag'],
    ['a slot in a style sheet', 'p{top:{v}}', '<p>', 'in a <style>'],
    ['a slot that brings attributes', 'p{top:0}', '<p {v}>', 'brings attributes of <p>'],
    ['a block around a class', 'p{top:0}', '<p {o}class="a"{c}>', 'decides about the class of <p>'],
    [
      'a block around a style attribute',
      'p{top:0}',
      '<p {o}style="a:b"{c}>',
      'decides about the style of <p>',
    ],
    ['a block around a style sheet', 'p{top:0}', '{o}<style>b{top:0}</style>{c}', 'decides about a <style>'],
    ['unescaped output', 'p{top:0}', '<div>{h}</div>', 'may hold elements'],
    [
      'a block that begins an element',
      'p{top:0}',
      '{o}<div>{c}<p></div>',
      'begins in one element and ends in another',
    ],
    ['a block that ends an element', 'p{top:0}', '<div>{o}</div>{c}', 'ends a <div> that began before it'],
    [
      'a block that replaces an element',
      'p{top:0}',
      '<b>{o}</b><b>{c}</b>',
      'ends a <b> that began before it',
    ],
    ['a block that ends in a comment', 'p{top:0}', '{o}<!-- {c} -->', 'inside a comment'],
    [
      'a block with elements under a selector of siblings',
      'tr:nth-child(even) td{top:0}',
      '<table>{o}<tr></tr>{c}</table>',
      '"tr:nth-child(even) td"',
    ],
    ['a block with elements under a neighbour selector', 'p + p{top:0}', '{o}<p></p>{c}', '"p + p"'],
  ])('%s', (_, css, body, reason) => {
    const result = inlineCss(slots(`<style>${css}</style>${body}`));
    expect(result).toBeInstanceOf(TooDynamic);
    expect((result as TooDynamic).reason).toContain(reason);
  });

  it('nothing of the kind when selectors count siblings that no block touches', () => {
    expect(inlined('p:first-child{top:0}', '<div><p>{o}{v}{c}</p></div>')).toContain('<p style="top:0">');
  });
});

describe('hostile documents', () => {
  it.each([
    ['deep', '<div>'.repeat(200_000)],
    ['deep through misnesting', '<p><b></p>'.repeat(50_000)],
  ])('%s are refused before they reach the native parser', (_, body) => {
    expect(() => inlineCss(`<style>p{top:0}</style>${body}`)).toThrow(RangeError);
  });

  it('of many elements without end tags are fine', () => {
    expect(inlined('p{top:0}', '<p>a'.repeat(2000)).match(/style="top:0"/g)).toHaveLength(2000);
  });
});
