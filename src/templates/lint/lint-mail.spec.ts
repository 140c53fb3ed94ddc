import { describe, expect, it } from 'vitest';
import type { LintedMail } from './document-rules.js';
import { lintMail, lintSource } from './lint-mail.js';
import { describeFinding, TEMPLATE_RULES } from './template-finding.js';

const GOOD: LintedMail = {
  subject: 'Hi',
  text: 'Hello',
  html: '<html lang="en"><head><title>Hi</title></head><body><div style="display:none">Preview</div><p>Hello</p></body></html>',
};

const rulesOf = (source: string, cids?: ReadonlySet<string>) =>
  lintSource(source, { path: 'a.hbs', cids }).map(({ rule }) => rule);
const rulesOfMail = (changes: LintedMail) =>
  lintMail({ ...GOOD, ...changes }, { path: 'a' }).map(({ rule }) => rule);
const body = (html: string): LintedMail => ({ html: GOOD.html?.replace('<p>Hello</p>', html) });

describe('lintSource', () => {
  it.each([
    ['<img src="https://a.test/x.png">', ['missing-alt']],
    ['<img src="https://a.test/x.png" alt="">', []],
    ['<img src="https://a.test/x.png" {{attributes}}>', []],
    ['<img alt="" src="http://a.test/x.png">', ['insecure-image']],
    ['<img alt="" src="/x.png">', ['relative-image']],
    ['<img alt="" src="data:image/png;base64,AAAA">', ['data-image']],
    ['<img alt="" src="{{logo}}">', []],
    ['<img alt="" src="https://{{host}}/x.png">', []],
    ['<table background="http://a.test/x.png">', ['insecure-image']],
    ['<a href="/start">', ['relative-link']],
    ['<a href="{{url}}">', []],
    ['<a href="#top">', []],
    ['<a href="mailto:a@b.test">', []],
    ['<a href="javascript:alert(1)">', ['script-link']],
    ['<a href="JaVa&#10;Script&colon;x">', ['script-link']],
    ['<a href="data:text/html,x">', ['script-link']],
    ['<a href="&#106avascript:x">', ['script-link']],
    ['{{#if x}}<a href="/y">{{/if}}', ['relative-link']],
    ['<!-- <img src="/x.png"> -->', []],
  ])('%j has %j', (source, rules) => {
    expect(rulesOf(source)).toEqual(rules);
  });

  it('knows the files there are for content ids', () => {
    const source =
      '<img alt="" src="cid:logo.png"><img alt="" src="cid:gone.png"><img alt="" src="cid:{{name}}">';
    expect(rulesOf(source)).toEqual([]);
    expect(rulesOf(source, new Set(['logo.png']))).toEqual(['missing-cid']);
  });

  it('says where it is', () => {
    const [finding] = lintSource('{{#if user}}\n  <p>{{name}}</p> <img src="https://a.test/x">\n{{/if}}', {
      path: 'a.hbs',
    });
    expect(finding).toMatchObject({ path: 'a.hbs', line: 2, column: 19, severity: 'warning' });
    expect(finding && describeFinding(finding)).toBe(
      `a.hbs:2:19: An image has no alternative text (missing-alt). ${TEMPLATE_RULES['missing-alt'].remedy}`,
    );
  });
});

describe('lintMail', () => {
  it('finds nothing wrong with a good mail', () => {
    expect(rulesOfMail({})).toEqual([]);
  });

  it.each<[LintedMail, readonly string[]]>([
    [{ subject: ' ' }, ['missing-subject']],
    [{ text: '' }, ['missing-text']],
    [{ text: 'Hello {{name' }, ['leftover-mustache']],
    [{ subject: 'Hello }}' }, ['leftover-mustache']],
    [body('<p>Hello {{name</p>'), ['leftover-mustache']],
    [body('<style>@media print{p{color:red}}</style>'), []],
    [body('<script type="application/ld+json">{"a":{"b":1}}</script><!-- {{ -->'), []],
    [{ html: '<p>Hello</p>' }, ['missing-lang', 'missing-title', 'missing-preheader']],
    [{ html: '<p>Hello</p>', hasPreheader: true }, ['missing-lang', 'missing-title']],
    [{ isMarketing: true }, ['missing-unsubscribe']],
    [{ isMarketing: true, ...body('<a href="https://a.test/u/1">Unsubscribe</a>') }, []],
    [{ isMarketing: true, ...body('<a href="https://a.test/abmelden">hier</a>') }, []],
    [body(`<p>${'x'.repeat(103 * 1024)}</p>`), ['clipped-html']],
    [body('<p style="color:#999;background:#fff">x</p>'), ['low-contrast']],
    [body('<p style="color:#333;background-color:#fff">x</p>'), []],
    [body('<p style="color:#888;background:#fff;font-size:24px">x</p>'), []],
    [body('<td bgcolor="#336699"><span style="color:#336699">x</span></td>'), ['low-contrast']],
    [
      body('<div style="background:#fff"><a href="https://a.test" style="color:#eee">x</a></div>'),
      ['low-contrast'],
    ],
    [
      body(
        '<div style="background:#000"><div style="background:url(x)"><p style="color:#111">x</p></div></div>',
      ),
      [],
    ],
    [body('<div style="color:#fff;background:#fff;display:none">x</div>'), []],
    [body('<img src="/x.png">'), ['missing-alt', 'relative-image']],
  ])('%j has %j', (changes, rules) => {
    expect(rulesOfMail(changes)).toEqual(rules);
  });

  it('tells of one colour once, however much text has it', () => {
    expect(rulesOfMail(body('<p style="color:#999;background:#fff">a <b></b> b <i></i> c</p>'))).toEqual([
      'low-contrast',
    ]);
  });
});
