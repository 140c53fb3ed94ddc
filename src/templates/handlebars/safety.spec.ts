import { describe, expect, it, vi } from 'vitest';

import { MailRelayError } from '../../core/mail-relay-error.js';
import { MemoryTemplateLoader } from '../memory-template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

type Files = Readonly<Record<string, string>>;

async function prepare(
  files: Files,
  options: Partial<TemplateOptions> = {},
  deps: { environment?: string; now?: () => number } = {},
) {
  const loader = new MemoryTemplateLoader(files);
  const renderer = new HandlebarsRenderer({ dir: '', ...options }, { loader, notice: () => {}, ...deps });
  await renderer.prepare();
  return (context: object = {}) => renderer.renderNow({ template: 'welcome', context });
}

function failure(render: () => unknown): string {
  try {
    render();
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE_RENDER')) return error.message;
    throw error;
  }
  throw new Error('rendered');
}

describe('an unknown variable', () => {
  it.each([
    [
      'printed',
      '<p>\n{{fistName}}</p>',
      { firstName: 'Ada' },
      'no fistName at welcome.hbs:2:1. Did you mean "firstName"?',
    ],
    ['printed unescaped', '{{{html}}}', {}, 'no html at welcome.hbs:1:1.'],
    [
      'below another',
      '{{user.name.first}}',
      { user: { name: {} } },
      'no first of user.name.first at welcome.hbs:1:1.',
    ],
    ['below nothing', '{{user.name}}', { user: null }, 'no name of user.name at'],
    [
      'in a loop',
      '{{#each list}}{{name}}{{/each}}',
      { list: [{ nam: 1 }] },
      'no name at welcome.hbs:1:15. Did you mean "nam"?',
    ],
    [
      'of a name that a block gave',
      '{{#each list as |item|}}{{item.name}}{{/each}}',
      { list: [{}] },
      'no name of item.name',
    ],
    ['of the root', '{{#each list}}{{@root.name}}{{/each}}', { list: [1] }, 'no name of @root.name'],
    ['outside', '{{#each list}}{{../name}}{{/each}}', { list: [1] }, 'no name of ../name'],
    ['that is repeated', '{{#each items}}x{{/each}}', {}, 'no items at welcome.hbs:1:9.'],
    ['in a partial', 'a\n{{> row}}', {}, 'no label at partials/row.hbs:1:1.'],
    ['in a block of a partial', '{{#> frame}}{{name}}{{/frame}}', {}, 'no name at welcome.hbs:1:13.'],
  ])('%s is an error that names template, place and path', async (_, source, context, message) => {
    const render = await prepare({
      'welcome.hbs': source,
      'partials/row.hbs': '{{label}}',
      'partials/frame.hbs': '{{> @partial-block}}',
    });
    expect(failure(() => render(context))).toContain(
      `The template "welcome" failed: the context has ${message}`,
    );
  });

  it.each([
    [
      'asked for',
      '{{#if user.vip}}a{{else}}b{{/if}}{{#unless x}}c{{/unless}}{{^y}}d{{/y}}{{#z}}{{/z}}',
      {},
      'bcd',
    ],
    ['repeated with an else', '{{#each list}}{{else}}none{{/each}}', {}, 'none'],
    ['given to a helper of the application', '{{or nickname "you"}}', {}, 'you'],
    ['there as null or undefined', '{{a}}{{b}}.', { a: null, b: undefined }, '.'],
    ['a function of the context', '{{name}}', { name: () => 'Ada' }, 'Ada'],
    [
      'given by a block',
      '{{#each list as |item i|}}{{i}}{{item}}{{@index}}{{this}}{{/each}}',
      { list: ['a'] },
      '0a0a',
    ],
    [
      'a part of a text or list',
      '{{name.length}}{{list.length}}{{list.[0]}}',
      { name: 'abc', list: [7] },
      '317',
    ],
  ])('%s is none', async (_, source, context, html) => {
    const or = (a: unknown, b: unknown): unknown => a ?? b;
    const render = await prepare({ 'welcome.hbs': source }, { helpers: { or } });
    expect(render(context).html).toBe(html);
  });

  it('is empty in production, unless strict is said', async () => {
    const files = { 'welcome.hbs': '[{{name}}]' };
    const deps = { environment: 'production' };
    expect((await prepare(files, {}, deps))().html).toBe('[]');
    expect(failure(await prepare(files, { strict: true }, deps))).toContain('no name');
    expect((await prepare(files, { strict: false }))().html).toBe('[]');
  });

  it('shows no key that may be data', async () => {
    const render = await prepare({ 'welcome.hbs': '{{users.ada}}' });
    expect(failure(() => render({ users: { 'ada@a.test': 1 } }))).not.toContain('@');
  });
});

describe('what a class gives', () => {
  class User {
    constructor(readonly first = 'Ada') {}
    get fullName(): string {
      return `${this.first} Lovelace`;
    }
    greet(): string {
      return 'Hi';
    }
  }
  class Admin extends User {}
  class Document extends User {
    toObject(): object {
      return {};
    }
  }

  it.each(['production', 'test'])('is an error that teaches, in %s', async (environment) => {
    const render = await prepare({ 'welcome.hbs': 'a\n {{user.fullName}}' }, {}, { environment });
    expect(failure(() => render({ user: new Admin() }))).toMatch(
      /^The template "welcome" failed: user\.fullName is a getter of User at welcome\.hbs:2:\d: pass plain data, or allow it with templates\.allowGetters: \["fullName"\]\.$/,
    );
  });

  it('is found in a layout and where it is only asked for', async () => {
    const render = await prepare(
      { 'welcome.hbs': 'a', 'layouts/main.hbs': '{{#if user.fullName}}{{{body}}}{{/if}}' },
      { layout: 'main' },
    );
    expect(failure(() => render({ user: new User() }))).toContain(
      'user.fullName is a getter of User at layouts/main.hbs:1:7',
    );
  });

  it('says how a document of a database becomes plain data', async () => {
    const render = await prepare({ 'welcome.hbs': '{{user.fullName}}' });
    expect(failure(() => render({ user: new Document() }))).toContain(
      'pass plain data, what toObject() gives',
    );
  });

  it('is read when it is allowed, all or by name; a method never', async () => {
    const files = { 'welcome.hbs': '{{user.first}} {{user.fullName}}' };
    const context = { user: new User() };
    expect((await prepare(files, { allowGetters: true }))(context).html).toBe('Ada Ada Lovelace');
    expect((await prepare(files, { allowGetters: ['fullName'] }))(context).html).toBe('Ada Ada Lovelace');
    const other = await prepare(files, { allowGetters: ['name'] });
    expect(failure(() => other(context))).toContain('getter');
    const method = await prepare({ 'welcome.hbs': '{{user.greet}}' }, { allowGetters: true });
    expect(failure(() => method(context))).toContain(
      'user.greet is a method of User at welcome.hbs:1:1, and templates call no methods',
    );
  });

  it('is no way to the code of the process', async () => {
    const sources = [
      '{{#with "s" as |string|}}{{#with "e"}}{{#with (lookup string.sub "constructor")}}{{this}}{{/with}}{{/with}}{{/with}}',
      '{{constructor.constructor}}',
      '{{lookup (lookup this "constructor") "constructor"}}',
      '{{#with (lookup this "__proto__")}}{{lookup this "constructor"}}{{/with}}',
      '{{lookup list "constructor"}}{{lookup list "map"}}',
    ];
    for (const source of sources) {
      const render = await prepare({ 'welcome.hbs': `[${source}]` }, { strict: false, allowGetters: true });
      expect(render({ list: [1] }).html).toBe('[]');
    }
  });

  it('is not seen on what JavaScript itself gives, and nothing is logged', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const render = await prepare(
      { 'welcome.hbs': '[{{list.map}}{{name.trim}}{{toString}}{{date.getTime}}]' },
      { strict: false },
    );
    expect(render({ list: [], name: 'a', date: new Date(0) }).html).toBe('[]');
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});

describe('a render', () => {
  it.each([
    [
      'a loop',
      '{{#each list}}{{this}}{{/each}}',
      { list: Array.from({ length: 200 }, () => 'x'.repeat(10)) },
    ],
    ['one value', '{{name}}', { name: 'x'.repeat(1001) }],
    ['partials that call partials', '{{> grow}}', { name: 'x'.repeat(30), more: { name: 'x', more: null } }],
  ])('is cut off when %s gives too much', async (_, source, context) => {
    const render = await prepare(
      { 'welcome.hbs': source, 'partials/grow.hbs': '{{name}}'.repeat(40) },
      { maxRenderedChars: 1000 },
    );
    expect(failure(() => render(context))).toContain(
      'it gave more than 1000 characters. Give it less, or raise templates.maxRenderedChars.',
    );
  });

  it.each([
    ['a loop', '{{#each list}}{{/each}}'],
    ['a loop over what never ends', '{{#each endless}}{{/each}}'],
    ['partials that call partials without end of width', '{{> p0}}'],
  ])('is cut off when %s takes too long', async (_, source) => {
    const files: Record<string, string> = { 'welcome.hbs': source, 'partials/p30.hbs': '' };
    // Called with a value of their own, they stay calls.
    for (let i = 0; i < 30; i++) files[`partials/p${i}.hbs`] = `{{> p${i + 1} a=1}}{{> p${i + 1} a=2}}`;
    let ticks = 0;
    const render = await prepare(files, { maxRenderMs: 50 }, { now: () => ticks++ });
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    };
    expect(failure(() => render({ list: Array.from({ length: 10_000 }, () => 1), endless }))).toContain(
      'it rendered for more than 50 ms',
    );
    expect(ticks).toBeLessThan(60);
  });

  it('has its time for itself', async () => {
    let now = 0;
    const render = await prepare(
      { 'welcome.hbs': '{{#each list}}{{/each}}' },
      { maxRenderMs: 50 },
      { now: () => (now += 20) },
    );
    const context = { list: Array.from({ length: 64 }, () => 1) };
    for (let i = 0; i < 5; i++) expect(render(context).html).toBe('');
  });
});
