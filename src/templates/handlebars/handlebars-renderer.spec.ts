import Handlebars from 'handlebars';
import { describe, expect, it } from 'vitest';

import { TemplateFolder } from '../../../test/support/template-folder.js';
import { MailRelayError, type MailRelayErrorCode } from '../../core/mail-relay-error.js';
import { DirectoryTemplateLoader } from '../directory-template-loader.js';
import { MemoryTemplateLoader } from '../memory-template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import type { RenderedContent } from '../template-renderer.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

const STYLE = '<style>p{color:red}.lead{top:0}</style>';

async function prepare(files: Readonly<Record<string, string>>, options: Partial<TemplateOptions> = {}) {
  const notices: string[] = [];
  const renderer = new HandlebarsRenderer(
    { dir: '', ...options },
    { loader: new MemoryTemplateLoader(files), notice: (text) => notices.push(text) },
  );
  await renderer.prepare();
  const render = (context: object = {}, template = 'welcome', locale?: string): RenderedContent =>
    renderer.renderNow({ template, context, locale });
  return { renderer, render, notices };
}

async function bootError(
  files: Readonly<Record<string, string>>,
  options: Partial<TemplateOptions> = {},
): Promise<string> {
  const error: unknown = await prepare(files, options).catch((thrown: unknown) => thrown);
  expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE')).toBe(true);
  return (error as MailRelayError).message;
}

function renderError(
  render: () => unknown,
  code: MailRelayErrorCode = 'ERR_MAIL_RELAY_TEMPLATE_RENDER',
): MailRelayError {
  try {
    render();
  } catch (error) {
    expect(MailRelayError.is(error, code)).toBe(true);
    return error as MailRelayError;
  }
  throw new Error('rendered');
}

describe('a template', () => {
  it('is its html, text and subject in the layout, with its partials', async () => {
    const { render, renderer, notices } = await prepare(
      {
        'layouts/main.hbs': `<html><head>${STYLE}</head><body>\n{{{body}}}\n{{> foot}}\n</body></html>\n`,
        'partials/foot.hbs': '<p>Bye {{name}}</p>\n',
        'welcome.hbs': '<p class="lead">Hi {{name}}</p>\n',
        'welcome.subject.hbs': 'Hello {{name}}\n',
      },
      { layout: 'main' },
    );
    expect(renderer.names()).toEqual(['welcome']);
    expect(notices).toEqual([]);
    expect(render({ name: 'A&B' })).toEqual({
      subject: 'Hello A&B',
      html:
        `<html><head>${STYLE}</head><body>\n<p style="color:red;top:0" class="lead">Hi A&amp;B</p>\n` +
        '<p style="color:red">Bye A&amp;B</p>\n</body></html>',
      text: 'Hi A&B\n\nBye A&B',
    });
  });

  it('may be text alone, and then has no html', async () => {
    const { render } = await prepare({ 'welcome.text.hbs': 'Hi {{name}}\n' });
    expect(render({ name: 'A&B' })).toEqual({ text: 'Hi A&B' });
  });

  it('may have a text of its own, in a layout of its own, with partials of its own', async () => {
    const { render } = await prepare(
      {
        'layouts/main.hbs': '<div>{{{body}}}</div>',
        'layouts/main.text.hbs': 'Acme\n\n{{{body}}}\n\n{{> foot}}',
        'partials/foot.hbs': '<p>Bye</p>',
        'partials/foot.text.hbs': '-- \nBye',
        'welcome.hbs': '<p>Hi</p>{{> foot}}',
        'welcome.text.hbs': 'Hi\n',
      },
      { layout: 'main' },
    );
    expect(render()).toEqual({ html: '<div><p>Hi</p><p>Bye</p></div>', text: 'Acme\n\nHi\n\n-- \nBye' });
  });

  it('may have dots in its name', async () => {
    const { render } = await prepare({ 'welcome.hbs': 'one', 'welcome.v2.hbs': 'two' });
    expect(render({}, 'welcome.v2').html).toBe('two');
  });

  it('is read once: neither files nor partials are read again, and a change is seen at the next start', async () => {
    const folder = await TemplateFolder.with({
      'welcome.hbs': 'old {{> foot}}',
      'partials/foot.hbs': 'foot',
    });
    const loader = new DirectoryTemplateLoader([folder.dir], { cwd: folder.dir });
    const renderer = new HandlebarsRenderer({ dir: folder.dir }, { loader, notice: () => {} });
    await renderer.prepare();
    await folder.write('welcome.hbs', 'new');
    await folder.remove();
    expect(renderer.renderNow({ template: 'welcome', context: {} }).html).toBe('old foot');
  });
});

describe('a locale', () => {
  const files = {
    'welcome.hbs': '<p>Hi {{name}}</p>',
    'welcome.subject.hbs': 'Hello',
    'welcome.de.hbs': '<p>Hallo {{name}}</p>',
    'welcome.de.subject.hbs': 'Guten Tag',
    'welcome.de-AT.subject.hbs': 'Servus',
    'reset.hbs': 'Reset',
  };

  it.each([
    [undefined, { subject: 'Hello', html: '<p>Hi Ada</p>', text: 'Hi Ada' }],
    ['de', { subject: 'Guten Tag', html: '<p>Hallo Ada</p>', text: 'Hallo Ada' }],
    ['de-AT', { subject: 'Servus', html: '<p>Hallo Ada</p>', text: 'Hallo Ada' }],
    ['DE-at-1996', { subject: 'Servus', html: '<p>Hallo Ada</p>', text: 'Hallo Ada' }],
    ['fr-FR', { subject: 'Hello', html: '<p>Hi Ada</p>', text: 'Hi Ada' }],
    ['../../etc', { subject: 'Hello', html: '<p>Hi Ada</p>', text: 'Hi Ada' }],
  ])('%s counts for html, text and subject', async (locale, content) => {
    const { render } = await prepare(files);
    expect(render({ name: 'Ada' }, 'welcome', locale)).toEqual(content);
  });

  it('that a template does not have is its default', async () => {
    const { render } = await prepare(files);
    expect(render({}, 'reset', 'de').html).toBe('Reset');
  });
});

describe('a value', () => {
  it('is escaped in html, and in text and subject is itself', async () => {
    const { render } = await prepare({
      'welcome.hbs': '<p title="{{name}}">{{name}}</p>',
      'welcome.subject.hbs': '{{name}}',
    });
    const name = `<script>alert("1")</script> & 'x'`;
    const { html, text, subject } = render({ name });
    expect(html).not.toContain('<script>');
    expect(text).toBe(name);
    expect(subject).toBe(name);
  });

  it.each([
    ['CR and LF', 'a\r\nBcc: eve@acme.test'],
    ['LF at the end', 'a\n'],
    ['NUL', 'a\u0000b'],
    ['tab', 'a\tb'],
    ['NEL', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
  ])('with %s is refused in a subject, which is named, and the value is not', async (_, name) => {
    const { render } = await prepare({ 'welcome.hbs': '{{name}}', 'welcome.subject.hbs': 'Hi {{name}}' });
    const { message, field } = renderError(() => render({ name }));
    expect(message).toContain('subject of the template "welcome"');
    expect(message).not.toContain('Bcc');
    expect(field).toBe('subject');
  });

  it('named like a part of every object is only a value', async () => {
    const files = {
      'welcome.hbs':
        '{{constructor}}|{{__proto__}}|{{toString}}|{{#with constructor}}{{name}}{{/with}}|{{lookup this "__proto__"}}',
    };
    const { render } = await prepare(files, { strict: false });
    const hostile = JSON.parse('{"__proto__":"p","constructor":{"name":"c"},"toString":"t"}') as object;
    expect(render(hostile).html).toBe('[object Object]|p|t|c|p');
    expect(render({}).html).toBe('||||');
    expect(Object.prototype).not.toHaveProperty('name');
  });
});

describe('a subject', () => {
  it.each([
    ['\n  Hello\n  {{name}}!\n', 'Hello Ada!'],
    ['{{#if name}}\n  Hello {{name}}\n{{else}}\n  Hello\n{{/if}}\n', 'Hello Ada'],
    ['{{> short}}', 'Hi Ada'],
  ])('written as %j is one line', async (source, subject) => {
    const { render } = await prepare({
      'welcome.hbs': 'x',
      'welcome.subject.hbs': source,
      'partials/short.hbs': 'Hi {{name}}\n',
    });
    expect(render({ name: 'Ada' }).subject).toBe(subject);
  });
});

describe('a template that does not exist', () => {
  it('is not found: the error names it, the nearest ones and the place', async () => {
    const { render } = await prepare({ 'welcome.hbs': 'x', 'orders/receipt.hbs': 'x' });
    const { message } = renderError(() => render({}, 'welcom'), 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND');
    expect(message).toBe('There is no template "welcom". Did you mean "welcome"? Read from memory.');
  });

  it.each([
    '../welcome',
    './welcome',
    '/etc/passwd',
    'welcome.hbs',
    'welcome\u0000',
    '__proto__',
    'constructor',
    '',
  ])('is not found by a path: %j', async (name) => {
    const { render } = await prepare({ 'welcome.hbs': 'x' });
    renderError(() => render({}, name), 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND');
  });

  it('is not found by a parsed template', async () => {
    const { render } = await prepare({ 'welcome.hbs': 'x' });
    const parsed = Handlebars.parse('{{a}}') as unknown as string;
    renderError(() => render({}, parsed), 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND');
  });

  it('is not shown at any length', async () => {
    const { render } = await prepare({ 'welcome.hbs': 'x' });
    const { message } = renderError(
      () => render({}, 'x'.repeat(100_000)),
      'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
    );
    expect(message.length).toBeLessThan(300);
  });

  it('is every template before the boot', () => {
    const loader = new MemoryTemplateLoader({});
    const renderer = new HandlebarsRenderer({ dir: '' }, { loader, notice: () => {} });
    const { message } = renderError(
      () => renderer.renderNow({ template: 'welcome', context: {} }),
      'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
    );
    expect(message).toContain('prepare() was not called');
  });
});

describe('a boot', () => {
  it('names every problem of every file with line, column and the line itself', async () => {
    const message = await bootError(
      {
        'a.hbs': '<p>\n  {{formatDat user.born}}\n</p>',
        'b.hbs': '{{> foot}} {{> fot}}',
        'c.text.hbs': '{{#if x}}',
        'd.subject.hbs': '{{upper}} {{upper (lower name)}}',
        'd.hbs': 'd',
        'partials/foot.hbs': '{{#each}}{{/each}}\n{{helperMissing 1}}',
        'layouts/main.hbs': '<div></div>',
      },
      { layout: 'main', helpers: { formatDate: () => '', upper: () => '' } },
    );
    expect(message).toBe(
      [
        'The templates have 6 problems:',
        '  a.hbs:2:3 calls the helper "formatDat", which is not in templates.helpers. Did you mean "formatDate"?',
        '    2 |   {{formatDat user.born}}',
        '      |   ^',
        '  b.hbs:1:12 calls the partial "fot", which does not exist. Did you mean "foot"?',
        '    1 | {{> foot}} {{> fot}}',
        '      |            ^',
        '  c.text.hbs:1:10 ends before a block or mustache is closed',
        '    1 | {{#if x}}',
        '      |          ^',
        '  d.subject.hbs:1:19 calls the helper "lower", which is not in templates.helpers. ' +
          'There is currency, date, each, formatDate, if, lookup, number, plural, t, unless and 2 more.',
        '    1 | {{upper}} {{upper (lower name)}}',
        '      |                   ^',
        '  layouts/main.hbs is a layout without {{{body}}}: write it where the template goes',
        '  partials/foot.hbs:2:1 calls the helper "helperMissing", which is not in templates.helpers. ' +
          'There is currency, date, each, formatDate, if, lookup, number, plural, t, unless and 2 more.',
        '    2 | {{helperMissing 1}}',
        '      | ^',
      ].join('\n'),
    );
  });

  it.each([
    [
      'a layout that does not exist',
      { 'layouts/main.hbs': '{{{body}}}' },
      { layout: 'mian' },
      'templates.layout names layouts/mian.hbs, which does not exist. Did you mean "main"?',
    ],
    [
      'a helper that is no function',
      { 'a.hbs': '' },
      { helpers: { date: 'x' as unknown as () => string } },
      'templates.helpers.date is a string, and a helper is a function',
    ],
    ['a decorator', { 'a.hbs': '{{* hot}}' }, {}, 'a.hbs:1:1 uses the decorator "hot"'],
    [
      'a partial with two contexts',
      { 'a.hbs': '{{> b x y}}', 'partials/b.hbs': '' },
      {},
      'a.hbs:1:1 gives a partial 2 contexts',
    ],
    ['a method that is called', { 'a.hbs': '{{user.greet "x"}}' }, {}, 'calls the helper "user.greet"'],
    ['names that clash', { 'a.hbs': '', 'A.hbs': '' }, {}, 'A.hbs is the same name as a.hbs'],
    [
      'html too deep to be parsed',
      { 'a.hbs': `${STYLE}${'<div>'.repeat(600)}` },
      {},
      'a.hbs the html nests too many elements',
    ],
  ])('refuses %s', async (_, files, options, message) => {
    expect(await bootError(files, options)).toContain(message);
  });

  it('takes a missing partial that brings its own fallback', async () => {
    const { render } = await prepare({ 'welcome.hbs': '{{#> missing}}fallback{{/missing}}' });
    expect(render().html).toBe('fallback');
  });
});

describe('a helper', () => {
  it('belongs to one renderer', async () => {
    const source = { 'welcome.hbs': '{{greet "Ada"}}' };
    const one = await prepare(source, { helpers: { greet: (name: string) => `Hi ${name}` } });
    const other = await prepare(source, { helpers: { greet: (name: string) => `Yo ${name}` } });
    expect([one.render().html, other.render().html]).toEqual(['Hi Ada', 'Yo Ada']);
    expect(Handlebars.helpers).not.toHaveProperty('greet');
  });

  it('gets its arguments, the context and the options of its block', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '{{#twice 1 b=2 as |n|}}{{n}}{{name}}{{else}}no{{/twice}}' },
      {
        helpers: {
          twice(this: { readonly name: string }, n: number, { fn, hash }: Handlebars.HelperOptions) {
            return fn(this, { blockParams: [n] }) + fn(this, { blockParams: [hash['b']] });
          },
        },
      },
    );
    expect(render({ name: 'x' }).html).toBe('1x2x');
  });

  it('that throws is one error with its name and place; the value is only in the cause', async () => {
    const cause = new RangeError('Invalid date: 31 June of ada@acme.test');
    const { render } = await prepare(
      { 'welcome.hbs': 'x\n{{> born}}', 'partials/born.hbs': '<p>\n  {{date born}}\n</p>' },
      {
        helpers: {
          date: () => {
            throw cause;
          },
        },
      },
    );
    const error = renderError(() => render({ born: 'ada@acme.test' }));
    expect(error.message).toContain(
      'The template "welcome" failed: the helper date threw RangeError at partials/born.hbs:2:3.',
    );
    expect(error.message).not.toContain('ada');
    expect(error.cause).toBe(cause);
  });

  it('of Handlebars that writes values into the log is not there, unless the application brings one', async () => {
    const files = { 'a.hbs': '{{log name}}' };
    expect(await bootError(files)).toContain('calls the helper "log"');
    const { renderer } = await prepare(files, { helpers: { log: (name: string) => `<${name}>` } });
    expect(renderer.renderNow({ template: 'a', context: { name: 'Ada' } })).toMatchObject({
      html: '&lt;Ada&gt;',
    });
  });

  it('sees how many names its block gives', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '{{#names as |a b|}}{{/names}}' },
      { helpers: { names: ({ fn }: { fn: { blockParams: number } }) => `${fn.blockParams}` } },
    );
    expect(render().html).toBe('2');
  });

  it('that is asynchronous is refused, and its rejection ends nothing', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '{{fetch}}' },
      { helpers: { fetch: () => Promise.reject(new Error('x')) } },
    );
    const { cause } = renderError(() => render());
    expect(cause).toMatchObject({ message: expect.stringContaining('returned a promise') as string });
  });

  it('that throws inside another block is named, not the one around it', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '{{#outer}}{{inner}}{{/outer}}' },
      {
        helpers: {
          outer: (options: Handlebars.HelperOptions) => options.fn({}),
          inner: () => {
            throw new TypeError('x');
          },
        },
      },
    );
    expect(renderError(() => render()).message).toContain(
      'the helper inner threw TypeError at welcome.hbs:1:11',
    );
  });
});

describe('a partial', () => {
  it('may call itself as deep as the data goes', async () => {
    const { render } = await prepare({
      'welcome.hbs': '{{> tree}}',
      'partials/tree.hbs': '({{name}}{{#each children}}{{> tree}}{{/each}})',
    });
    expect(
      render({ name: 'a', children: [{ name: 'b', children: [{ name: 'c', children: [] }] }] }).html,
    ).toBe('(a(b(c)))');
  });

  it('that calls itself without end is an error of the render', async () => {
    const { render } = await prepare({ 'welcome.hbs': '{{> loop}}', 'partials/loop.hbs': '{{> loop}}' });
    expect(renderError(() => render()).message).toContain('RangeError');
  });

  it('chosen at run time that does not exist is an error of the render without the value', async () => {
    const { render } = await prepare({ 'welcome.hbs': '{{> (lookup . "name")}}' });
    expect(renderError(() => render({ name: 'ada@acme.test' })).message).not.toContain('ada');
  });

  it('that calls others many times over stays small', async () => {
    const files: Record<string, string> = { 'welcome.hbs': '{{> p0}}', 'partials/p30.hbs': '' };
    for (let i = 0; i < 30; i++) files[`partials/p${i}.hbs`] = `{{> p${i + 1}}}{{> p${i + 1}}}`;
    const { renderer } = await prepare(files);
    expect(renderer.names()).toEqual(['welcome']);
  });

  it('is called by its path, which may hold slashes, dashes and dots', async () => {
    const { render } = await prepare({
      'welcome.hbs': '{{> blocks/big-button}}{{> foot.text}}{{> "foot"}}',
      'partials/blocks/big-button.hbs': '1',
      'partials/foot.text.hbs': '2',
      'partials/foot.hbs': '3',
    });
    expect(render().html).toBe('123');
  });

  it('of the template itself goes before a file of the same name', async () => {
    const { render } = await prepare({
      'welcome.hbs': '{{#*inline "foot"}}own{{/inline}}{{> foot}}',
      'reset.hbs': '{{> foot}}',
      'partials/foot.hbs': 'file',
    });
    expect([render().html, render({}, 'reset').html]).toEqual(['own', 'file']);
  });

  it('takes values, blocks and other partials', async () => {
    const { render } = await prepare({
      'welcome.hbs':
        '{{> row label="L"}}{{#> frame}}in {{name}}{{/frame}}{{#*inline "own"}}o{{/inline}}{{> own}}',
      'partials/row.hbs': '{{label}}{{name}} ',
      'partials/frame.hbs': '[{{> @partial-block}}{{> row}}]',
    });
    expect(render({ name: 'N', label: null }).html).toBe('LN [in NN ]o');
  });
});

describe('css', () => {
  it.each([
    [
      'a class with a mustache',
      `${STYLE}\n<p class="{{kind}}">a</p>`,
      { kind: 'lead' },
      '<p style="color:red;top:0" class="lead">',
      'a mustache is in the class of <p> (welcome.hbs:2:11).',
    ],
    [
      'a partial that is called',
      `${STYLE}{{> line x=1}}`,
      {},
      '<p style="color:red;top:0" class="lead">',
      '(welcome.hbs:1:40).',
    ],
    [
      'html in a value',
      `${STYLE}{{{content}}}`,
      { content: '<p>a</p>' },
      '<p style="color:red">a</p>',
      'may hold elements',
    ],
    [
      'rows that are counted',
      '<style>tr:nth-child(even){top:0}</style><table>{{#each rows}}<tr></tr>{{/each}}</table>',
      { rows: [1, 2] },
      '<tr></tr><tr style="top:0">',
      'counts siblings',
    ],
  ])('waits for the render with %s, and a notice says why', async (_, source, context, html, notice) => {
    const { render, notices } = await prepare({
      'welcome.hbs': source,
      'partials/line.hbs': '<p class="lead">b</p>',
    });
    expect(render(context).html).toContain(html);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^welcome\.hbs: css is inlined and text derived on each render, because /);
    expect(notices[0]).toContain(notice);
  });

  it('that a value brings is inlined where the template has none', async () => {
    const { render } = await prepare({ 'welcome.hbs': '{{{content}}}', 'welcome.text.hbs': 'x' });
    expect(render({ content: `${STYLE}<p>a</p>` }).html).toBe(`${STYLE}<p style="color:red">a</p>`);
  });

  it('is not inlined twice where unescaped output is only an address', async () => {
    const { render } = await prepare({ 'welcome.hbs': `${STYLE}<p><a href="{{{url}}}">a</a></p>` });
    expect(render({ url: 'x?a=1&b=2' }).html).toBe(
      `${STYLE}<p style="color:red"><a href="x?a=1&b=2">a</a></p>`,
    );
  });

  it('is left alone when the option says so', async () => {
    const source = `${STYLE}<p>a</p>`;
    const { render, notices } = await prepare({ 'welcome.hbs': source }, { inlineCss: false });
    expect(render()).toEqual({ html: source, text: 'a' });
    expect(notices).toEqual([]);
  });

  it('reaches the markup of a helper: from its first render on, and a notice says so', async () => {
    const { render, notices } = await prepare(
      { 'welcome.hbs': `${STYLE}{{line "a"}}` },
      { helpers: { line: (text: string) => new Handlebars.SafeString(`<p>${text}</p>`) } },
    );
    const content = { html: `${STYLE}<p style="color:red">a</p>`, text: 'a' };
    expect([render(), render()]).toEqual([content, content]);
    expect(notices).toEqual([expect.stringContaining('because the helper line makes html') as string]);
  });

  it('reaches what a block helper wraps around its block', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '<style>.box p{top:0}</style>{{#box}}<p>a</p>{{/box}}' },
      { helpers: { box: (options: Handlebars.HelperOptions) => `<div class="box">${options.fn({})}</div>` } },
    );
    expect(render().html).toContain('<p style="top:0">a</p>');
  });

  it('stays on the template when a block helper only chooses or repeats', async () => {
    const { render, notices } = await prepare(
      {
        'welcome.hbs': `${STYLE}{{#ifEqual a 1}}<p>yes</p>{{else}}<p>no</p>{{/ifEqual}}{{#join list}}<b>{{this}}</b>{{/join}}`,
      },
      {
        helpers: {
          ifEqual(this: object, a: unknown, b: unknown, options: Handlebars.HelperOptions) {
            return a === b ? options.fn(this) : options.inverse(this);
          },
          join: (list: readonly string[], options: Handlebars.HelperOptions) =>
            list.map((item) => options.fn(item)).join(', '),
        },
      },
    );
    expect(render({ a: 1, list: ['x', 'y'] })).toEqual({
      html: `${STYLE}<p style="color:red">yes</p><b>x</b>, <b>y</b>`,
      text: 'yes\n\nx, y',
    });
    expect(notices).toEqual([]);
  });

  it('is inlined on a render whatever looks like a slot in a value', async () => {
    const { render } = await prepare({ 'welcome.hbs': `${STYLE}<p class="{{kind}}">{{name}}</p>` });
    expect(render({ kind: 'lead', name: '\uFDD10\uFDD5' }).html).toContain(
      '<p style="color:red;top:0" class="lead">',
    );
  });

  it('of a render too deep to be parsed is an error of the render', async () => {
    const { render } = await prepare({ 'welcome.hbs': `${STYLE}{{{content}}}` });
    expect(renderError(() => render({ content: '<div>'.repeat(100_000) })).message).toContain('RangeError');
  });
});

describe('text', () => {
  it.each([
    ['numbers of a list', '<ol>{{#each list}}<li>{{this}}</li>{{/each}}</ol>', ' 1. x\n 2. y'],
    [
      'lines of a quotation',
      '<blockquote>{{#each list}}<p>{{this}}</p>{{/each}}</blockquote>',
      '> x\n>\n> y',
    ],
    ['preformatted text', '<pre>{{list.[0]}}\n  {{list.[1]}}</pre>', 'x\n  y'],
    ['html in a value', '<p>{{{html}}}</p>', 'a b'],
    [
      'a link whose element a block begins',
      '{{#if url}}<a href="{{url}}">{{/if}}here{{#if url}}</a>{{/if}}',
      'here [https://a.test]',
    ],
    ['a link that a block makes one', '<a {{#if no}}href="https://a.test"{{/if}}>here</a>.', 'here.'],
    ['an element that a block hides', '<p {{#if url}}style="display:none"{{/if}}>a</p><p>b</p>', 'b'],
  ])('waits for the render with %s', async (_, source, text) => {
    const { render, notices } = await prepare({ 'welcome.hbs': source });
    expect(render({ list: ['x', 'y'], html: '<i>a</i> <b>b</b>', url: 'https://a.test' }).text).toContain(
      text,
    );
    expect(notices[0]).toContain('text is derived on each render');
  });

  it('shows values as they are, with their line breaks', async () => {
    const { render } = await prepare({ 'welcome.hbs': '<p>{{note}}</p>' });
    expect(render({ note: 'a <b>\nc & d' }).text).toBe('a <b>\nc & d');
  });
});
