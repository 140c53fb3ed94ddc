import { describe, expect, it } from 'vitest';

import { readFrontMatter } from './front-matter.js';

function read(...lines: readonly string[]) {
  return readFrontMatter({ name: 'a.hbs', root: 'r', path: 'a.hbs', source: lines.join('\n') });
}

describe('front matter', () => {
  it('is taken as it stands: mustaches, colons, number signs and quotes mean nothing', () => {
    const { matter, body, problems } = read(
      '---',
      'subject: Re: {{user.name}}, order #{{id}} is "ready"',
      "preheader: '2 items'",
      'layout: plain',
      'sample:',
      '  { "id": 1,',
      '"user": { "name": "Ada" } }',
      '---',
      '<p>Hi</p>',
    );
    expect(problems).toEqual([]);
    expect(matter.subject?.text).toBe('{{!--\n     --}}Re: {{user.name}}, order #{{id}} is "ready"');
    expect(matter.preheader?.text).toMatch(/--\}\}2 items$/);
    expect(matter.layout).toBe('plain');
    expect(matter.sample).toEqual({ id: 1, user: { name: 'Ada' } });
    expect(body.text).toBe(`{{!--${'\n'.repeat(7)}--}}\n<p>Hi</p>`);
  });

  it.each([
    ['text that begins with a line', ['---', 'Hello', '---']],
    ['no line at all', ['<p>---</p>']],
    ['nothing', ['']],
  ])('is not %s', (_, lines) => {
    const { matter, body, problems } = read(...lines);
    expect([matter, problems, body.text]).toEqual([{}, [], undefined]);
  });

  it.each([
    ['none', false],
    ['false', false],
    ['"two words"', 'two words'],
  ])('says layout: %s', (text, layout) => {
    expect(read('---', `layout: ${text}`, '---').matter.layout).toBe(layout);
  });

  it.each([
    [
      'a key that nobody knows',
      ['---', 'subjet: a', '---'],
      2,
      'unknown key "subjet". Did you mean "subject"?',
    ],
    ['a key twice', ['---', 'subject: a', 'subject: b', '---'], 3, 'has the key subject twice'],
    ['a key without a value', ['---', 'subject:', '---'], 2, 'no value for subject'],
    ['a sample that is not JSON', ['---', 'sample: { a: 1 }', '---'], 2, 'has a sample that is not JSON'],
    ['a sample that is no object', ['---', 'sample: [1]', '---'], 2, 'has a sample that is an array'],
    ['no end', ['---', 'subject: a', 'b'], 1, 'does not end'],
  ])('is refused with %s, at its line', (_, lines, line, message) => {
    expect(read(...lines).problems).toMatchObject([
      { path: 'a.hbs', line, message: expect.stringContaining(message) as string },
    ]);
  });
});
