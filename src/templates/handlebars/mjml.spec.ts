import { createRequire } from 'node:module';

import * as fc from 'fast-check';
import Handlebars from 'handlebars';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it } from 'vitest';

import { MemoryTemplateLoader } from '../memory-template-loader.js';
import { loadMjml } from '../mjml/load-mjml.js';
import type { TemplateOptions } from '../template-options.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

async function prepare(files: Readonly<Record<string, string>>, options: Partial<TemplateOptions> = {}) {
  const notices: string[] = [];
  const loader = new MemoryTemplateLoader(files);
  const renderer = new HandlebarsRenderer(
    { dir: '', ...options },
    { loader, notice: (text) => notices.push(text) },
  );
  await renderer.prepare();
  return { notices, render: (context: object = {}) => renderer.renderNow({ template: 'welcome', context }) };
}

const FILES = {
  'layouts/main.mjml.hbs':
    '<mjml><mj-head><mj-style>.big { font-size: 20px }</mj-style></mj-head><mj-body>{{{body}}}{{> foot}}</mj-body></mjml>',
  'partials/foot.mjml.hbs': '<mj-section><mj-column><mj-text>Bye {{name}}</mj-text></mj-column></mj-section>',
};

describe('a template in MJML', () => {
  it('is compiled once, with its layout, partials, blocks, css and text', async () => {
    let compiled = 0;
    const toHtml = await loadMjml();
    const { render, notices } = await prepare(
      {
        ...FILES,
        'welcome.mjml.hbs':
          '---\nsubject: Hi {{name}}\npreheader: For {{name}}\n---\n{{#each list}}<mj-section><mj-column>{{#if yes}}<mj-text css-class="big">{{name}}</mj-text>{{else}}<mj-text>no</mj-text>{{/if}}<mj-button href="{{url}}">Go</mj-button></mj-column></mj-section>{{/each}}',
      },
      { layout: 'main', mjml: (source) => (compiled++, toHtml(source)) },
    );
    const list = [
      { name: 'A & B', yes: true, url: 'https://a.test/?a=1&b' },
      { name: 'C', yes: false, url: 'https://a.test/2' },
    ];
    const { html = '', text, subject } = render({ name: 'Ada', list });
    render({ name: 'Ada', list });
    expect(compiled).toBe(1);
    expect(notices).toEqual([]);
    expect(subject).toBe('Hi Ada');
    expect(html.match(/href="https:\/\/a\.test\/[^"]*"/g)).toEqual([
      'href="https://a.test/?a&#x3D;1&amp;b"',
      'href="https://a.test/2"',
    ]);
    expect(html).toMatch(/font-size:20px[^>]*>\s*<div[^>]*>A &amp; B/);
    expect(html).not.toMatch(/<\/?mj|mailrelayslot|\{\{/);
    expect(html).toContain('For Ada');
    expect(text.replace(/\s+/g, ' ')).toBe(
      'A & B Go [https://a.test/?a=1&b] no Go [https://a.test/2] Bye Ada',
    );
  });

  it.each([
    [
      'a mustache in an attribute that MJML reckons with',
      '<mj-section><mj-column><mj-image width="{{w}}px" src="a"/></mj-column></mj-section>',
      'a mustache is in the width of <mj-image>',
    ],
    [
      'a block of columns',
      '<mj-section>{{#each list}}<mj-column><mj-text>x</mj-text></mj-column>{{/each}}</mj-section>',
      'what is in <mj-section>',
    ],
    ['a partial that is called', '{{> foot name="x"}}', 'what is in <mj-body>'],
    [
      'a block across elements',
      '{{#if w}}<mj-section>{{/if}}<mj-column><mj-text>x</mj-text></mj-column>{{#if w}}</mj-section>{{/if}}',
      'a block',
    ],
  ])('waits for the render with %s, and a notice says why', async (_, source, reason) => {
    const { render, notices } = await prepare({ ...FILES, 'welcome.mjml.hbs': source }, { layout: 'main' });
    expect(notices[0]).toContain(
      'welcome.mjml.hbs: MJML is compiled, css inlined and text derived on each render, because ',
    );
    expect(notices[0]).toContain(reason);
    const { html, text } = render({ w: 100, list: [1, 2], name: 'Ada' });
    expect(html).toContain('<!doctype html>');
    expect(html).not.toContain('<mj-');
    expect(text).toContain('Bye');
  });

  it('that MJML does not take is an error at boot', async () => {
    await expect(prepare({ 'welcome.mjml.hbs': '<mjml><mj-body>' })).rejects.toThrow(
      'welcome.mjml.hbs MJML does not take it',
    );
  });

  it('needs a layout in MJML, and no html of the same name', async () => {
    const layout = { 'layouts/main.hbs': '<html>{{{body}}}</html>' };
    await expect(
      prepare({ ...layout, 'welcome.mjml.hbs': '<mjml></mjml>' }, { layout: 'main' }),
    ).rejects.toThrow('is MJML, and its layout layouts/main.hbs is not');
    await expect(prepare({ 'welcome.mjml.hbs': '<mjml></mjml>', 'welcome.hbs': '' })).rejects.toThrow(
      'is a second html of welcome',
    );
  });

  it('comes to the same as MJML compiled after the render', async () => {
    const toHtml = await loadMjml();
    const { Engine } = createRequire(import.meta.url)('mrml') as typeof import('mrml');
    const engine = new Engine();
    const piece = fc.constantFrom(
      '{{a}}',
      'x ',
      '<b>{{b.c}}</b>',
      '{{#if yes}}y{{else}}n{{/if}}',
      '{{#each list}}{{this}} {{/each}}',
    );
    const text = fc.array(piece, { maxLength: 3 }).map((pieces) => `<mj-text>${pieces.join('')}</mj-text>`);
    const item = fc.oneof(
      text,
      text.map((inner) => `{{#if maybe}}${inner}{{/if}}`),
      text.map((inner) => `{{#each list}}${inner}{{/each}}`),
      fc.constant('<mj-button href="https://a.test/{{a}}">{{a}}</mj-button>'),
      fc.constant('<mj-image src="{{a}}" alt="{{b.c}}"/>'),
      fc.constant('<mj-divider/>'),
    );
    const column = fc
      .array(item, { maxLength: 3 })
      .map((items) => `<mj-column>${items.join('')}</mj-column>`);
    const section = fc
      .array(column, { minLength: 1, maxLength: 2 })
      .map((columns) => `<mj-section>${columns.join('')}</mj-section>`);
    const block = fc.oneof(
      section,
      section.map((inner) => `{{#each list}}${inner}{{/each}}`),
      section.map(
        (inner) =>
          `{{#if yes}}${inner}{{else}}<mj-section><mj-column><mj-text>none</mj-text></mj-column></mj-section>{{/if}}`,
      ),
    );
    const documents = fc
      .array(block, { maxLength: 3 })
      .map((blocks) => `<mjml><mj-body>${blocks.join('')}</mj-body></mjml>`);
    const values = fc.record({
      a: fc.constantFrom('x', 'y & z'),
      b: fc.record({ c: fc.constantFrom('q', 'r<s') }),
      yes: fc.boolean(),
      maybe: fc.boolean(),
      list: fc.array(fc.constantFrom('i', 'j'), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(documents, values, async (source, context) => {
        const { render, notices } = await prepare(
          { 'welcome.mjml.hbs': source },
          { inlineCss: false, strict: false, mjml: toHtml },
        );
        expect(notices.filter((notice) => notice.includes('MJML'))).toEqual([]);
        const result = engine.toHtml(Handlebars.create().compile(source)(context));
        if (result.type !== 'success') throw new Error(result.message);
        expect(shape(render(context).html ?? '')).toEqual(shape(result.content));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

type Node = DefaultTreeAdapterTypes.ChildNode;

/** A parsed body; a head also names what only a block that did not come would need. */
function shape(html: string): readonly string[] {
  const lines: string[] = [];
  const visit = (node: Node, depth: number): void => {
    if ('value' in node) {
      const text = node.value.replace(/\s+/g, ' ').trim();
      if (text !== '') lines.push(`${depth} ${text}`);
    } else if ('tagName' in node) {
      const attributes = node.attrs.map(({ name, value }) => `${name}=${value}`).toSorted();
      lines.push(`${depth} <${[node.tagName, ...attributes].join(' ')}>`);
      for (const child of node.childNodes) visit(child, depth + 1);
    }
  };
  for (const child of parse(html.slice(html.indexOf('<body'))).childNodes) visit(child, 0);
  return lines;
}
