import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsIn } from '../html/slot.js';
import { maskMustaches } from './mask-mustaches.js';

const kinds = (source: string) => slotsIn(maskMustaches(source)).map(({ kind }) => kind);

describe('maskMustaches', () => {
  it.each([
    ['{{name}}', ['value']],
    ['{{{body}}} {{& body}}', ['html', 'html']],
    ['{{> footer}} {{#> layout}}x{{/layout}}', ['html', 'html', 'close']],
    ['{{#if a}}1{{else if b}}2{{^}}3{{~/if~}}', ['open', 'else', 'else', 'close']],
    ["{{! it's }}{{a}} it's {{b}}", ['value', 'value']],
    ["{{~!-- don't }} --~}}{{x}}", ['value']],
    ['{{! a comment }}{{!-- with }} in it --}}{{x}}', ['value']],
    [String.raw`\{{not}} {{is}}`, ['value']],
    ['{{t "a }} b"}} {{[odd }} name]}}', ['value', 'value']],
    ['{{ never closed', []],
  ])('knows the kinds in %j', (source, expected) => {
    expect(kinds(source)).toEqual(expected);
  });

  it('moves no character', () => {
    const parts = fc.constantFrom(
      '{{x}}',
      '{{#if a}}',
      '{{/if}}',
      '{{{y}}}',
      '{{! c }}',
      '<p>',
      '\n',
      '\\',
      '"',
      'é',
      '{',
      '}}',
    );
    fc.assert(
      fc.property(fc.array(parts), (some) => {
        const source = some.join('');
        const masked = maskMustaches(source);
        expect(masked).toHaveLength(source.length);
      }),
    );
  });
});
