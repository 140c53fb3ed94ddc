import { describe, expect, it } from 'vitest';
import { linksOf } from './message-links.js';

describe('linksOf', () => {
  it('reads links of the html part first, decoded, each once', () => {
    const html = `<a href="https://a.test/?x=1&amp;y=2">one</a> <a class=b href='https://b.test'>two</a>
      <A HREF=https://c.test/&#x41;>three</A> <a href="https://b.test">again</a> <link href="https://d.test">`;
    expect(linksOf(html, 'see https://b.test and https://e.test/x.')).toEqual([
      'https://a.test/?x=1&y=2',
      'https://b.test',
      'https://c.test/A',
      'https://e.test/x',
    ]);
  });

  it('reads tags as a browser does', () => {
    const html = '<a title="a > b" href="https://a.test">a</a><!-- <a href="https://b.test">b</a> -->';
    expect(linksOf(html, undefined)).toEqual(['https://a.test']);
  });

  it('has none in a mail without parts', () => {
    expect(linksOf(undefined, undefined)).toEqual([]);
  });
});
