import { describe, expect, it } from 'vitest';
import { writeTemplateTypes } from '../context-types/template-types.js';
import { readTemplateShapes } from './template-shapes.js';

const typesOf = (
  files: Readonly<Record<string, string>>,
  helpers: readonly string[] = [],
  layout?: string,
) => {
  const sources = {
    roots: ['/t'],
    files: Object.entries(files).map(([name, source]) => ({ name, root: '/t', path: `t/${name}`, source })),
  };
  return writeTemplateTypes(readTemplateShapes(sources, { helpers, layout }), 't');
};

/** The type of the only template, without white space. */
const contextOf = (
  source: string,
  more: Readonly<Record<string, string>> = {},
  helpers: readonly string[] = [],
) => {
  const text = typesOf({ 'a.hbs': source, ...more }, helpers);
  return /readonly "a": ([\s\S]*?);\n {2}\}\n\}/
    .exec(text)?.[1]
    ?.replace(/readonly /g, '')
    .replace(/\s+/g, ' ');
};

describe('the types of templates', () => {
  it.each([
    ['{{name}}', '{ name: string | number; }'],
    ['Hello', 'object'],
    ['{{user.name}} {{user.email}}', '{ user: { email: string | number; name: string | number; }; }'],
    ['{{#if vip}}yes{{/if}}', '{ vip?: unknown; }'],
    ['{{#if user}}{{user.name}}{{/if}}', '{ user?: { name: string | number; } | null | undefined; }'],
    [
      '{{#if user}}{{user.name}}{{/if}} {{user.id}}',
      '{ user: { id: string | number; name: string | number; }; }',
    ],
    [
      '{{#unless user}}none{{else}}{{user.name}}{{/unless}}',
      '{ user?: { name: string | number; } | null | undefined; }',
    ],
    [
      '{{#each items}}{{name}}: {{../total}}{{/each}}',
      '{ items: { name: string | number; }[]; total: string | number; }',
    ],
    ['{{#each tags}}{{this}}{{/each}}', '{ tags: (string | number)[]; }'],
    ['{{#each tags}}x{{else}}none{{/each}}', '{ tags?: unknown[] | null | undefined; }'],
    [
      '{{#each items as |item i|}}{{item.name}}{{i}}{{total}}{{/each}}',
      '{ items: { name: string | number; total: string | number; }[]; }',
    ],
    ['{{#with user}}{{name}}{{/with}}', '{ user: { name: string | number; }; }'],
    ['{{#user}}{{name}}{{/user}}', '{ user?: { name: string | number; } | null | undefined; }'],
    ['{{date due}}', '{ due: string | number | boolean | Date; }'],
    [
      '{{money (sum items) currency=code}}',
      '{ code: string | number | boolean | Date; items: string | number | boolean | Date; }',
    ],
    ['{{@root.site.url}} {{@index}}', '{ site: { url: string | number; }; }'],
    ['{{items.length}}{{#each items}}{{x}}{{/each}}', '{ items: { x: string | number; }[]; }'],
    ['{{[odd name]}}', '{ "odd name": string | number; }'],
  ])('%s is %s', (source, type) => {
    expect(contextOf(source)).toBe(type);
  });

  it('takes a known helper without arguments for what it is', () => {
    expect(contextOf('{{year}} {{name}}', {}, ['year'])).toBe('{ name: string | number; }');
  });

  it('looks into partials, with the context they get', () => {
    const partials = { 'partials/row.hbs': '{{label}}: {{value}}', 'partials/foot.hbs': '{{company}}' };
    expect(contextOf('{{> row user value=total}} {{> foot}}', partials)).toBe(
      '{ company: string | number; total: string | number | boolean | Date; user: { label: string | number; }; }',
    );
  });

  it('ends for partials that call themselves', () => {
    expect(
      contextOf('{{> tree node}}', {
        'partials/tree.hbs': '{{name}}{{#each children}}{{> tree this}}{{/each}}',
      }),
    ).toContain('children: {');
  });

  it('joins html, text, subject and locales, and the layout of the options', () => {
    const types = typesOf(
      {
        'a.hbs': '{{one}}',
        'a.text.hbs': '{{two}}',
        'a.subject.hbs': '{{three}}',
        'a.de.hbs': '{{four}}',
        'layouts/main.hbs': '{{site}} {{{body}}}',
      },
      [],
      'main',
    );
    expect(types.match(/readonly (\w+): string/g)).toEqual(
      ['four', 'one', 'site', 'three', 'two'].map((name) => `readonly ${name}: string`),
    );
  });

  it('takes types from the sample', () => {
    const sample =
      '{ "name": "Ada", "age": 36, "vip": true, "due": "2026-01-01", "items": [{ "price": 1 }] }';
    expect(
      contextOf(
        `---\nsample: ${sample}\n---\n{{name}}{{age}}{{#if vip}}x{{/if}}{{date due}}{{#each items}}{{price}}{{/each}}`,
      ),
    ).toBe(
      '{ age: number; due: string | Date; items: { price: number; }[]; name: string; vip?: boolean | null | undefined; }',
    );
  });

  it('tells every file that cannot be read', () => {
    expect(() => typesOf({ 'a.hbs': '{{#if}', 'b.hbs': '{{/x}}' })).toThrow(/t\/a\.hbs[\s\S]*t\/b\.hbs/);
  });
});
