import { createRequire } from 'node:module';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { render as renderReact } from '@react-email/render';
import { Liquid } from 'liquidjs';
import nunjucks from 'nunjucks';
import pug from 'pug';
import { createElement as h } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { MailRelayError, MemoryTemplateLoader, type MailRelayModuleOptions } from 'nestjs-mail-relay';

import { createTemplateRenderer } from '../../src/templates/create-template-renderer.js';

import { RelayApp } from '../support/relay-app.js';
import { TemplateFolder } from '../support/template-folder.js';

// It brings no types.
const ejs = createRequire(import.meta.url)('ejs') as {
  compile(source: string, options: object): (context: object) => string;
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function start(
  files: Readonly<Record<string, string>>,
  templates: MailRelayModuleOptions['templates'] = {},
) {
  const folder = await TemplateFolder.with(files);
  closing.push(() => folder.remove());
  const relay = await RelayApp.start({ transport: 'memory:', templates: { dir: folder.dir, ...templates } });
  closing.push(() => relay.close());
  return (template: string, context: object = {}, locale?: string) =>
    relay.mail.render({ to: 'ada@acme.test', template, context, locale });
}

const STYLE = '<style>p { color: red }</style>';

describe('templates of other engines', () => {
  const liquid = new Liquid({ outputEscape: 'escape' });
  const engines = {
    pug: (source: string, { root, name }: { root: string; name: string }) =>
      pug.compile(source, { filename: join(root, name) }),
    ejs: (source: string, { root, name }: { root: string; name: string }) =>
      ejs.compile(source, { filename: join(root, name) }),
    liquid: (source: string) => {
      const template = liquid.parse(source);
      return (context: object) => liquid.render(template, context) as Promise<string>;
    },
    njk: (source: string) => {
      const template = nunjucks.compile(source, new nunjucks.Environment(null, { autoescape: true }));
      return (context: object) => template.render(context);
    },
  };
  const files = {
    'hello.hbs': '<p>{{name}}</p>',
    'pugged.pug': 'include partials/head\np= name\n',
    'partials/head.pug': 'style p { color: red }\n',
    'pugged.subject.ejs': 'Hi <%- name %>\n',
    'pugged.de.pug': 'include partials/head\np Hallo #{name}\n',
    'ejsed.ejs': `${STYLE}<p><%= name %></p>`,
    'ejsed.text.ejs': 'Own text for <%- name %>',
    'liquid.liquid': `${STYLE}<p>{{ name }}</p>`,
    'njk.njk': `${STYLE}<p>{{ name }}</p>`,
  };

  it.each(['pugged', 'ejsed', 'liquid', 'njk'])(
    '%s is rendered with its css inlined, escaped, and with a text',
    async (name) => {
      const render = await start(files, { engines });
      const { html, text } = await render(name, { name: 'A<b>' });
      expect(html).toContain('<p style="color:red">A&lt;b&gt;</p>');
      expect(text).toBe(name === 'ejsed' ? 'Own text for A<b>' : 'A<b>');
    },
  );

  it('live beside Handlebars, with subjects and locales by the same names', async () => {
    const render = await start(files, { engines });
    expect((await render('hello', { name: 'Ada' })).html).toBe('<p>Ada</p>');
    expect(await render('pugged', { name: 'Ada' }, 'de-AT')).toMatchObject({
      subject: 'Hi Ada',
      text: 'Hallo Ada',
    });
  });

  it('that fail are one error with the template, and without the value', async () => {
    const render = await start(files, { engines });
    const error: unknown = await render('ejsed', {}).catch((thrown: unknown) => thrown);
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE_RENDER')).toBe(true);
    expect(String(error)).toContain('The template "ejsed" failed: its engine threw ReferenceError');
  });

  it('that an engine refuses, or that are there twice, are problems at boot', async () => {
    const boot = (sources: Readonly<Record<string, string>>) =>
      createTemplateRenderer(
        { loader: new MemoryTemplateLoader(sources), engines },
        { notice: () => {} },
      ).prepare();
    await expect(boot({ 'a.ejs': '<% if (' })).rejects.toThrow('was refused by templates.engines.ejs');
    await expect(boot({ 'a.ejs': '', 'a.hbs': '' })).rejects.toThrow('is a second template "a"');
  });

  it('put no line break into a subject', async () => {
    const render = await start({ 'a.ejs': 'x', 'a.subject.ejs': 'Hi <%- name %>' }, { engines });
    expect((await render('a', { name: 'a\r\nBcc: eve@evil.test' })).subject).toBe('Hi a Bcc: eve@evil.test');
    await expect(render('a', { name: 'a\u0000b' })).rejects.toThrow('subject of the template "a"');
  });
});

describe('templates that change', () => {
  it('may go from Handlebars to another engine and back, all in one step', async () => {
    const folder = await TemplateFolder.with({ 'welcome.hbs': '<p>one</p>', 'other.hbs': '<p>other</p>' });
    closing.push(() => folder.remove());
    const renderer = createTemplateRenderer(
      { dir: folder.dir, engines: { txt: (source: string) => () => source }, reloadMs: 0 },
      { notice: () => undefined, environment: 'production' },
    );
    await renderer.prepare();
    const html = async (template: string) => (await renderer.render({ template, context: {} })).html;
    expect(await html('welcome')).toBe('<p>one</p>');
    await rm(join(folder.dir, 'welcome.hbs'));
    await folder.write('welcome.txt', '<p>two</p>');
    expect([await html('welcome'), await html('other')]).toEqual(['<p>two</p>', '<p>other</p>']);
    await rm(join(folder.dir, 'welcome.txt'));
    await folder.write('welcome.hbs', '<p>three</p>');
    expect([await html('welcome'), await html('other')]).toEqual(['<p>three</p>', '<p>other</p>']);
  });
});

describe('templates that are functions', () => {
  it('give subject and html of React', async () => {
    const Welcome = ({ name }: { name: string }) =>
      h('html', null, h('body', null, h('p', { style: { color: 'red' } }, `Hi ${name}`)));
    const render = await start(
      { 'other.hbs': 'x' },
      {
        functions: {
          welcome: async ({ name }: { name: string }) => ({
            subject: `Hi ${name}`,
            html: await renderReact(h(Welcome, { name })),
          }),
        },
      },
    );
    const content = await render('welcome', { name: 'A<b>' });
    expect(content).toMatchObject({ subject: 'Hi A<b>', text: 'Hi A<b>' });
    expect(content.html).toContain('<p style="color:red">Hi A&lt;b&gt;</p>');
  });

  it('need no directory, and are told the locale', async () => {
    const relay = await RelayApp.start({
      transport: 'memory:',
      templates: { functions: { hello: (_: object, { locale }) => ({ text: `in ${locale}` }) } },
    });
    closing.push(() => relay.close());
    const content = await relay.mail.render({
      to: 'ada@acme.test',
      template: 'hello',
      locale: 'de-AT',
      subject: 's',
    });
    expect(content).toEqual({ subject: 's', html: undefined, text: 'in de-AT' });
  });
});
