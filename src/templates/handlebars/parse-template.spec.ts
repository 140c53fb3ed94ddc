import { describe, expect, it } from 'vitest';

import { parseTemplate } from './parse-template.js';

function problemIn(source: string): unknown {
  return parseTemplate({ name: 'a.hbs', root: '', path: 'a.hbs', source });
}

describe('a syntax error', () => {
  it.each([
    ['a block that is closed by another name', '<p>\n{{#if x}}\n {{/each}}', 2, 4],
    ['a mustache that is not closed', 'a\nb {{name}\n c', 2, 9],
    ['a block that is not closed', 'a\n{{#if x}}\n  b', 3, 4],
    ['a missing value', '{{foo bar=}}', 1, 11],
    ['a missing name', 'a\nb\n{{> }}', 3, 5],
    ['an end without a beginning', '<p>\n\n {{/if}}', 3, 2],
    [
      'an error far into a long line',
      `${'x'.repeat(200)}\n${'y'.repeat(100)}{{a b=}}${'z'.repeat(50)}`,
      2,
      107,
    ],
    ['one of several like errors', '{{a}}\n{{a}}\n{{a=}}', 3, 4],
  ])('is placed: %s', (_, source, line, column) => {
    expect(problemIn(source)).toMatchObject({ path: 'a.hbs', source, line, column });
  });

  it('keeps what Handlebars said as its cause', () => {
    expect(problemIn('{{a')).toMatchObject({ cause: expect.any(Error) as Error });
  });
});

describe('the last line break of a file', () => {
  it('is not part of a template, and is part of a partial', () => {
    const file = { root: '', path: 'a', source: 'a\n' };
    expect(parseTemplate({ ...file, name: 'a.hbs' })).toMatchObject({ body: [{ value: 'a' }] });
    expect(parseTemplate({ ...file, name: 'partials/a.hbs' })).toMatchObject({ body: [{ value: 'a\n' }] });
  });
});
