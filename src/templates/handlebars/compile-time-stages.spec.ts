import { inline } from '@css-inline/css-inline';
import * as fc from 'fast-check';
import Handlebars from 'handlebars';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it } from 'vitest';

import { deriveText } from '../derive-text.js';
import { MemoryTemplateLoader } from '../memory-template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

/*
 * The laws of the compiler: what is worked out on the template equals what another tool works out on each render.
 * `@root.` keeps values from being empty inside {{#each}}.
 */

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);

interface Values {
  readonly a: string;
  readonly b: { readonly c: string };
  readonly yes: boolean;
  readonly maybe: boolean;
  readonly list: readonly string[];
}

const values: fc.Arbitrary<Values> = fc.record({
  a: fc.constantFrom('x', 'y & z'),
  b: fc.record({ c: fc.constantFrom('q', 'r<s') }),
  yes: fc.boolean(),
  maybe: fc.boolean(),
  list: fc.array(fc.constantFrom('i', 'j'), { maxLength: 3 }),
});

async function prepare(files: Readonly<Record<string, string>>, options: Partial<TemplateOptions> = {}) {
  const notices: string[] = [];
  const loader = new MemoryTemplateLoader(files);
  const renderer = new HandlebarsRenderer(
    { dir: '', strict: false, ...options },
    { loader, notice: (text) => notices.push(text) },
  );
  await renderer.prepare();
  return {
    isDynamic: notices.length > 0,
    render: (context: Values) => renderer.renderNow({ template: 'welcome', context }),
  };
}

/** Runs a law over templates, and checks that enough of them were not simply left to the render. */
async function holds(
  templates: fc.Arbitrary<string>,
  law: (template: string, context: Values) => Promise<{ readonly isDynamic: boolean }>,
): Promise<void> {
  let early = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(templates, values, async (template, context) => {
      const { isDynamic } = await law(template, context);
      runs++;
      if (!isDynamic) early++;
    }),
    { numRuns },
  );
  expect(early / runs).toBeGreaterThan(0.2);
}

describe('css', () => {
  const simple = fc.constantFrom(
    'div',
    'td',
    'p',
    'b',
    '*',
    '.ca',
    '.cb',
    '.cc',
    '#one',
    '[title]',
    'p.ca',
    'td.cb',
    'div:not(.ca)',
  );
  const selector = fc.oneof(
    { weight: 4, arbitrary: simple },
    {
      weight: 4,
      arbitrary: fc.tuple(simple, fc.constantFrom(' ', ' > '), simple).map((parts) => parts.join('')),
    },
    { weight: 2, arbitrary: fc.tuple(simple, simple).map((parts) => parts.join(', ')) },
    fc.constantFrom('tr:nth-child(even)', 'p + p', 'p:hover', 'b::before'),
  );
  // Not twice in a rule: css-inline loses an important declaration that the same rule repeats without the mark.
  const declarations = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('color', 'width', 'top'),
      fc.constantFrom('1px', 'red', 'x("a;b")'),
      fc.constantFrom('', ' !important'),
    ),
    { minLength: 1, maxLength: 3, selector: ([property]) => property },
  );
  const rule = fc
    .tuple(selector, declarations)
    .map(
      ([name, list]) =>
        `${name} { ${list.map(([property, value, mark]) => `${property}: ${value}${mark}`).join('; ')} }`,
    );
  const sheet = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: rule },
      rule.map((text) => `@media (max-width: 1px) { ${text} }`),
    ),
    { minLength: 1, maxLength: 5 },
  );
  const attributes = fc
    .tuple(
      fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom('', 'class="ca"', 'class="cb"', 'class="ca cc"') },
        fc.constantFrom('class="{{#if yes}}ca{{/if}}"', '{{#if yes}}class="cb"{{/if}}'),
      ),
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom('', "title='t'") }, fc.constant("title='{{a}}'")),
      fc.constantFrom(
        '',
        '',
        'style="color: blue"',
        'style="top:1px;color:{{@root.a}}"',
        'style="width: 2px !important"',
      ),
      fc.constantFrom('', '', '{{#if maybe}}align="left"{{/if}}'),
    )
    .map((parts) => ['data-k="@"', ...parts].join(' '));
  const { body } = fc.letrec<{ body: string; node: string }>((tie) => ({
    body: fc.array(tie('node'), { maxLength: 4 }).map((nodes) => nodes.join('\n')),
    node: fc.oneof(
      { depthSize: 'small' },
      { weight: 3, arbitrary: attributes.map((own) => `<p ${own}>{{a}} <b data-k="@">{{b.c}}</b></p>`) },
      {
        weight: 3,
        arbitrary: fc.tuple(attributes, tie('body')).map(([own, inner]) => `<div ${own}>${inner}</div>`),
      },
      {
        weight: 3,
        arbitrary: tie('body').map(
          (inner) => `{{#if yes}}${inner}{{else}}<p data-k="@" class="ca">none</p>{{/if}}`,
        ),
      },
      { weight: 3, arbitrary: tie('body').map((inner) => `{{#each list}}${inner}{{/each}}`) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(attributes, attributes, tie('body'))
          .map(
            ([row, cell, inner]) =>
              `<table>{{#each list}}<tr ${row}><td ${cell}>{{this}}</td></tr>{{/each}}<tr data-k="@"><td>${inner}</td></tr></table>`,
          ),
      },
      fc.constant('<!--[if mso]><table class="ca"><tr><td><![endif]-->'),
      tie('body').map(
        (inner) => `{{#if yes}}<div data-k="@" class="cc">{{/if}}${inner}{{#if yes}}</div>{{/if}}`,
      ),
    ),
  }));
  const documents = fc.tuple(sheet, body).map(([rules, inner]) => {
    let id = 0;
    const numbered = inner.replaceAll('"@"', () => `"${id++}"`);
    return `<!DOCTYPE html><html><head><style>${rules.join('\n')}</style></head><body><div id="one" data-k="one">${numbered}</div></body></html>`;
  });

  /** The parsed document: every marked element in its place, with what its style attribute comes to. */
  function styles(html: string): readonly unknown[] {
    const found: unknown[] = [];
    const visit = (node: DefaultTreeAdapterTypes.ChildNode, above: readonly string[]): void => {
      if (!('tagName' in node)) return;
      const attributes = new Map(node.attrs.map(({ name, value }) => [name, value]));
      const id = attributes.get('data-k');
      if (id !== undefined) found.push({ id, above, style: computed(attributes.get('style') ?? '') });
      for (const child of node.childNodes) visit(child, [...above, node.tagName]);
    };
    for (const child of parse(html).childNodes) visit(child, []);
    return found;
  }

  /** What a style attribute comes to: of each property the last, or the last that is important. */
  function computed(text: string): Readonly<Record<string, string>> {
    const style = new Map<string, { readonly value: string; readonly important: boolean }>();
    const declarations = text.replaceAll('"', "'").matchAll(/\s*([\w-]+)\s*:\s*((?:\([^)]*\)|[^;(])*)/g);
    for (const [, name = '', declared = ''] of declarations) {
      const important = declared.endsWith('!important');
      const value = declared.replace('!important', '').trim();
      if (important || style.get(name)?.important !== true) style.set(name, { value, important });
    }
    return Object.fromEntries(Array.from(style, ([name, { value }]) => [name, value]));
  }

  it('inlined on the template equals css-inline on what was rendered, and nothing else is changed', async () => {
    await holds(documents, async (template, context) => {
      const { render, isDynamic } = await prepare({ 'welcome.hbs': template });
      const html = render(context).html ?? '';
      const rendered = Handlebars.create().compile(template)(context);
      expect(styles(html)).toEqual(styles(inline(rendered, { keepStyleTags: true })));
      expect(html.replace(/ ?style="[^"]*"/g, '')).toBe(rendered.replace(/ ?style="[^"]*"/g, ''));
      return { isDynamic };
    });
  }, 60_000);
});

describe('text', () => {
  const word = fc.constantFrom('alpha', 'beta', 'gamma');
  const phrase = fc.constantFrom(
    '{{@root.a}}',
    '{{@root.b.c}}',
    '{{#if yes}}yes{{/if}}',
    '{{#unless yes}}no{{else}}yo{{/unless}}',
    '{{#each list}}{{this}}, {{/each}}',
  );
  const { node } = fc.letrec<{ inline: string; nodes: string; node: string }>((tie) => ({
    inline: fc
      .array(
        fc.oneof(
          { weight: 2, arbitrary: word },
          { weight: 3, arbitrary: phrase },
          fc.constant('<br>'),
          word.map((text) => `<a href="https://a.test/${text}?{{@root.a}}">${text} {{@root.b.c}}</a>`),
          fc.constant('<a href="{{@root.b.c}}">{{@root.b.c}}</a>'),
          tie('inline').map((inner) => `<b>${inner}</b>`),
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.join(' ')),
    nodes: fc.array(tie('node'), { maxLength: 4 }).map((nodes) => nodes.join('\n')),
    node: fc.oneof(
      { depthSize: 'small' },
      tie('inline'),
      tie('inline').map((inner) => `<p>${inner}</p>`),
      tie('inline').map((inner) => `<h2>${inner}</h2>`),
      tie('nodes').map((inner) => `<div>${inner}</div>`),
      tie('nodes').map((inner) => `{{#if yes}}${inner}{{else}}<p>none</p>{{/if}}`),
      tie('nodes').map((inner) => `{{#if maybe}}\n  ${inner}\n{{/if}}`),
      tie('nodes').map((inner) => `{{#each list}}${inner}{{/each}}`),
      tie('inline').map((inner) => `<ul>{{#each list}}<li>${inner}</li>{{/each}}<li>last</li></ul>`),
      tie('nodes').map((inner) => `<ul><li>item ${inner}</li></ul>`),
      fc
        .tuple(tie('inline'), tie('nodes'))
        .map(
          ([cell, inner]) =>
            `<table>{{#each list}}<tr><td>${cell}</td><td>{{this}}</td></tr>{{/each}}<tr><td>${inner}</td></tr></table>`,
        ),
      tie('inline').map((inner) => `<ol>{{#each list}}<li>${inner}</li>{{/each}}</ol>`),
      tie('nodes').map((inner) => `<div hidden>${inner}</div>`),
    ),
  }));

  /** Words and lines: how many lines stay empty between them may differ where blocks of different kinds meet. */
  function lines(text: string): readonly string[] {
    return text
      .split('\n')
      .map((line) => line.trim().replace(/ +/g, ' '))
      .filter((line) => line !== '');
  }

  it('derived from the template equals text derived from what was rendered', async () => {
    await holds(node, async (template, context) => {
      const { render, isDynamic } = await prepare({ 'welcome.hbs': template });
      const rendered = Handlebars.create().compile(template)(context);
      expect(lines(render(context).text)).toEqual(lines(deriveText(rendered)));
      return { isDynamic };
    });
  }, 60_000);
});

describe('partials', () => {
  const piece = fc.constantFrom(
    'a ',
    '\n',
    '  ',
    '{{a}}',
    '{{> one}}',
    '\n  {{> two}}\n',
    '{{~> one}}',
    '{{#each list}}{{> one}}{{/each}}',
    '{{#each list as |a|}}{{> one}}{{/each}}',
    '{{#with b}}{{> two}}{{c}}{{/with}}',
    '{{#if yes}}\n{{> two}}\n{{else}}{{> one a="own"}}{{/if}}',
    '{{> two b}}',
    '{{#each list}}{{> three}}{{> up}}{{/each}}',
    '{{#with b}}{{> three}}{{/with}}',
    '{{> (lookup @root.names 0)}}',
    '{{#> frame}}x{{> one}}{{/frame}}',
    '{{#*inline "local"}}{{a}}{{/inline}}{{> local}}',
  );
  const partials = {
    'partials/one.hbs': '{{a}}{{@index}}{{#if yes}}{{this.a}}{{/if}}\n',
    'partials/two.hbs': '{{~c}} [{{> one}}] {{#each list}}{{this}}{{/each~}}\n',
    'partials/three.hbs': '{{#each list}}{{../a}}{{/each}}{{#if yes}}{{../a}}{{/if}}',
    'partials/up.hbs': '{{../a}}',
    'partials/frame.hbs': '<{{> @partial-block}}>',
  };

  it('put into the template equal partials called by Handlebars, but for white space', async () => {
    await holds(
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
      async (template, context) => {
        const { render } = await prepare({ ...partials, 'welcome.hbs': template }, { inlineCss: false });
        const handlebars = Handlebars.create();
        for (const [path, source] of Object.entries(partials)) {
          handlebars.registerPartial(path.slice('partials/'.length, -'.hbs'.length), source);
        }
        const withNames = { ...context, names: ['one'] };
        const rendered = handlebars.compile(template)(withNames);
        expect(render(withNames).html?.replace(/\s+/g, '')).toBe(rendered.replace(/\s+/g, ''));
        return { isDynamic: false };
      },
    );
  }, 60_000);
});
