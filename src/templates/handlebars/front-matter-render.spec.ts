import { describe, expect, it } from 'vitest';

import { MailRelayError } from '../../core/mail-relay-error.js';
import { MemoryTemplateLoader } from '../memory-template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

async function prepare(files: Readonly<Record<string, string>>, options: Partial<TemplateOptions> = {}) {
  const loader = new MemoryTemplateLoader(files);
  const renderer = new HandlebarsRenderer({ dir: '', ...options }, { loader, notice: () => {} });
  await renderer.prepare();
  return (context: object = {}, locale?: string) =>
    renderer.renderNow({ template: 'welcome', context, locale });
}

async function bootError(files: Readonly<Record<string, string>>, options: Partial<TemplateOptions> = {}) {
  const error: unknown = await prepare(files, options).catch((thrown: unknown) => thrown);
  expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE')).toBe(true);
  return (error as Error).message;
}

const LAYOUTS = {
  'layouts/main.hbs': '<html><body class="a">{{{body}}}!</body></html>',
  'layouts/plain.hbs': '<i>{{{body}}}</i>',
};

describe('front matter', () => {
  it('gives the subject, which is not escaped and one line', async () => {
    const render = await prepare({
      'welcome.hbs': '---\nsubject: Order #{{id}}\n  for {{name}}\n---\n<p>Hi</p>',
    });
    expect(render({ id: 7, name: 'A&B' })).toEqual({
      subject: 'Order #7 for A&B',
      html: '<p>Hi</p>',
      text: 'Hi',
    });
  });

  it('chooses the layout, or none', async () => {
    const options = { layout: 'main' };
    const body = async (matter: string) =>
      (await prepare({ ...LAYOUTS, 'welcome.hbs': `${matter}Hi` }, options))().html;
    expect(await body('')).toBe('<html><body class="a">Hi!</body></html>');
    expect(await body('---\nlayout: plain\n---\n')).toBe('<i>Hi</i>');
    expect(await body('---\nlayout: none\n---\n')).toBe('Hi');
  });

  it('counts for the locales that say nothing else', async () => {
    const render = await prepare({
      ...LAYOUTS,
      'welcome.hbs': '---\nsubject: Hi\nlayout: plain\n---\nHi',
      'welcome.de.hbs': '---\nsubject: Hallo\n---\nHallo',
    });
    expect(render({}, 'de')).toMatchObject({ subject: 'Hallo', html: '<i>Hallo</i>' });
  });

  it('puts the preheader at the beginning of the body, hidden and not in the text', async () => {
    const render = await prepare(
      { ...LAYOUTS, 'welcome.hbs': '---\npreheader: {{n}} < 5 & more\n---\n<p>Hi</p>' },
      { layout: 'main' },
    );
    const { html, text } = render({ n: '<2>' });
    expect(html).toMatch(
      /^<html><body class="a"><div style="display:none;[^"]*">&lt;2&gt; &lt; 5 &amp; more(?:&#847;&zwnj;&nbsp;)+<\/div><p>Hi<\/p>!/,
    );
    expect(text).toBe('Hi\n\n!');
  });

  it('hides the preheader before everything where a block holds the body', async () => {
    const render = await prepare({
      'welcome.hbs': '---\npreheader: Soon {{n}}\n---\n{{#if a}}<body><p>Hi</p></body>{{/if}}',
    });
    const { html, text } = render({ a: true, n: 1 });
    expect(html).toMatch(/^<div style="display:none;[^"]*">Soon 1.*<\/div><body><p>Hi<\/p><\/body>$/);
    expect(text).toBe('Hi');
  });

  it('puts the preheader where the layout says', async () => {
    const render = await prepare(
      {
        'layouts/main.hbs': '<body><b>{{preheader}}</b>{{{body}}}</body>',
        'welcome.hbs': '---\npreheader: A {{n}}\n---\nHi',
      },
      { layout: 'main' },
    );
    expect(render({ n: 1 }).html).toBe('<body><b>A 1</b>Hi</body>');
  });

  it('keeps the places of the file in errors', async () => {
    const source = '---\nsubject: Hi {{nme}}\n---\n<p>\n{{> fot}}</p>';
    expect(await bootError({ 'welcome.hbs': source })).toContain('welcome.hbs:5:1 calls the partial "fot"');
    expect(await bootError({ 'welcome.hbs': '---\nsubject: Hi {{> fot}}\n---\n' })).toContain(
      'welcome.hbs:2:13 calls the partial "fot", which does not exist. There is none at all.\n    2 | subject: Hi {{> fot}}',
    );
    const render = await prepare({ 'welcome.hbs': '---\nsubject: Hi {{nme}}\n---\n' });
    expect(() => render()).toThrow('no nme at welcome.hbs:2:13');
  });

  it.each([
    [
      'a layout that does not exist',
      { 'welcome.hbs': '---\nlayout: mian\n---\n', ...LAYOUTS },
      'welcome.hbs names layouts/mian.hbs, which does not exist. Did you mean "main"?',
    ],
    [
      'a second subject',
      { 'welcome.hbs': '---\nsubject: a\n---\n', 'welcome.subject.hbs': 'b' },
      'remove either',
    ],
    [
      'a second subject in a file that comes first',
      { 'welcome.subject.hbs': 'b', 'welcome.hbs': '---\nsubject: a\n---\n' },
      'remove either',
    ],
    [
      'a sample without a template',
      { 'a.hbs': '', 'welcome.sample.json': '{}' },
      'is a sample without a template: add welcome.hbs',
    ],
    [
      'a sample that is not JSON',
      { 'welcome.hbs': '', 'welcome.sample.json': '{' },
      'welcome.sample.json has a sample that is not JSON',
    ],
  ])('refuses %s', async (_, files, message) => {
    expect(await bootError(files)).toContain(message);
  });
});
