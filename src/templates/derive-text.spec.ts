import { describe, expect, it } from 'vitest';

import { deriveText } from './derive-text.js';

describe('deriveText', () => {
  it.each([
    ['plain words', 'Hello   Ada\n and  Bob ', 'Hello Ada and Bob'],
    ['entities', '5 &lt; 6 &amp; &euro;', '5 < 6 & €'],
    ['paragraphs', '<p>a</p><p>b</p>', 'a\n\nb'],
    ['line breaks', 'a<br>b<br/>c', 'a\nb\nc'],
    ['headings, not shouted', '<h1>Hello Ada</h1><p>x</p>', 'Hello Ada\n\nx'],
    [
      'a link',
      '<p>Go <a href="https://a.test/?b=1&amp;c=2">here</a>.</p>',
      'Go here [https://a.test/?b=1&c=2].',
    ],
    ['a link that is its text', '<a href="https://a.test">https://a.test</a>', 'https://a.test'],
    ['a mail address', '<a href="mailto:ada@acme.test">ada@acme.test</a>', 'ada@acme.test'],
    ['a link around an image', '<a href="https://a.test"><img src="b.png" alt="B"></a>', 'https://a.test'],
    ['an image', 'a <img src="cid:logo" alt="Logo"> b', 'a b'],
    ['rows of a layout table', '<table><tr><td>A</td><td>1</td></tr><tr><td>B<td>2</table>', 'A 1\nB 2'],
    ['lists', '<ul><li>a<ul><li>b</ul><li>c</ul><ol><li>x<li>y</ol>', '- a\n  - b\n- c\n\n 1. x\n 2. y'],
    ['styles, scripts and comments', '<title>t</title><style>p{}</style><script>x</script><!-- c -->a', 'a'],
    [
      'Outlook comments',
      '<!--[if mso]><p>mso</p><![endif]--><!--[if !mso]><!--><p>a</p><!--<![endif]-->',
      'a',
    ],
    ['a preheader that is not shown', '<div style="display: none">pre <div>head</div></div><p>a</p>', 'a'],
    ['an element with hidden', '<p hidden>x</p><p>a</p>', 'a'],
    ['no blank lines in a row', '<div><div><p>a</p></div></div><div></div><h1>b</h1>', 'a\n\nb'],
    ['long lines, not wrapped', `<p>${'word '.repeat(60)}</p>`, 'word '.repeat(60).trim()],
    ['nothing', '', ''],
  ])('shows %s', (_, html, text) => {
    expect(deriveText(html)).toBe(text);
  });

  it('keeps text that looks like a slot of a template', () => {
    expect(deriveText('<p>a \uFDD01\uFDD5 b</p>')).toBe('a \uFFFD1\uFFFD b');
  });

  it('comes to an end soon on long runs of spaces', () => {
    const start = performance.now();
    expect(deriveText(`<pre>a${' '.repeat(200_000)}b</pre>`)).toMatch(/^a +b$/);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it.each([
    ['unclosed tags', '<a '],
    ['unclosed quotes', '<a b="'],
    ['unclosed comments', '<!--'],
    ['unclosed styles', '<style>'],
    ['deep blocks', '<div>x'],
    ['deep lists', '<ul><li>'],
    ['deep quotes', '<blockquote>'],
    ['deep tables', '<table><tr><td>x'],
    ['misnested elements', '<b><p>'],
    ['end tags', '</p>'],
    ['nested links', '<a href=x>'],
    ['hidden elements', '<p hidden>'],
    ['brackets', '<'],
  ])('comes to an end soon on hostile %s', (_, piece) => {
    const start = performance.now();
    expect(deriveText(piece.repeat(500_000 / piece.length)).length).toBeLessThanOrEqual(256 * 1024);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
