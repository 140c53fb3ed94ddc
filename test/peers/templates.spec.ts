import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailRelayError, type MailRelayModuleOptions } from 'nestjs-mail-relay';

import { createTemplateRenderer } from '../../src/templates/create-template-renderer.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { TemplateFolder } from '../support/template-folder.js';

/* What users of other mailers suffer from, one behaviour a test. */

const TO = 'ada@example.test';
const closing: (() => Promise<unknown>)[] = [];
const escaped: unknown[] = [];
const note = (reason: unknown): void => void escaped.push(reason);

beforeEach(() => {
  escaped.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
  process.off('unhandledRejection', note);
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<TemplateFolder> {
  const folder = await TemplateFolder.with(files);
  closing.push(() => folder.remove());
  return folder;
}

async function start(
  files: Readonly<Record<string, string>>,
  options: MailRelayModuleOptions['templates'] = {},
) {
  const folder = await folderWith(files);
  const sink = await SmtpSink.start({});
  closing.push(() => sink.close());
  const relay = await RelayApp.start({ transport: sink.url, templates: { dir: folder.dir, ...options } });
  closing.push(() => relay.close());
  return { folder, sink, relay, mail: relay.mail };
}

/** What a promise comes to, and whether anything else escaped within the next turns. */
async function rejectionOf(promise: Promise<unknown>): Promise<MailRelayError> {
  const reasons: unknown[] = [];
  await promise.catch((reason: unknown) => reasons.push(reason));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(escaped).toEqual([]);
  expect(reasons).toHaveLength(1);
  expect(MailRelayError.is(reasons[0])).toBe(true);
  return reasons[0] as MailRelayError;
}

describe('templates, where other mailers fail', () => {
  it('text-only mail: no template is looked for when none is named', async () => {
    const { mail, sink } = await start({ 'welcome.hbs': '<p>Hi</p>' });
    await mail.sendOrThrow({ to: TO, subject: 's', text: 'only text' });
    await mail.sendOrThrow({ to: TO, subject: 's', html: '<p>only html</p>' });
    await mail.sendOrThrow({ to: TO, subject: 's', text: 't', html: '<p>both</p>' });
    expect(sink.messages.map(({ raw }) => String(raw).includes('only text'))).toEqual([true, false, false]);
  });

  it('missing template: one typed rejection with the name, what it may be meant, and where was looked', async () => {
    const { mail, folder } = await start({ 'welcome.hbs': '<p>Hi</p>' });
    const error = await rejectionOf(mail.queue({ to: TO, subject: 's', template: 'welcom' }));
    expect(error.code).toBe('ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND');
    expect(error.message).toContain('There is no template "welcom". Did you mean "welcome"?');
    expect(error.message).toContain(folder.dir);
  });

  it('error reaches the caller exactly once: a helper that throws', async () => {
    const { mail } = await start(
      { 'welcome.hbs': '<p>\n{{boom}}</p>' },
      {
        helpers: {
          boom: () => {
            throw new Error('x');
          },
        },
      },
    );
    const error = await rejectionOf(mail.queue({ to: TO, subject: 's', template: 'welcome' }));
    expect(error.message).toMatch(
      /The template "welcome" failed: the helper boom threw Error at .*welcome\.hbs:2:1/,
    );
  });

  it('error reaches the caller exactly once: a helper that rejects', async () => {
    const { mail } = await start(
      { 'welcome.hbs': '{{boom}}' },
      { helpers: { boom: () => Promise.reject(new Error('x')) } },
    );
    await rejectionOf(mail.send({ to: TO, subject: 's', template: 'welcome' }));
  });

  it('error reaches the caller exactly once: bad syntax, at boot', async () => {
    const folder = await folderWith({ 'welcome.hbs': '{{#if x}}' });
    const renderer = createTemplateRenderer({ dir: folder.dir }, { notice: () => {} });
    const error = await rejectionOf(renderer.prepare());
    expect(error.message).toContain('welcome.hbs:1:');
  });

  it('helper isolation between two modules', async () => {
    const files = { 'welcome.hbs': '{{greet}}' };
    const one = await start(files, { helpers: { greet: () => 'one' } });
    const other = await start(files, { helpers: { greet: () => 'other' } });
    const html = async ({ mail }: typeof one) =>
      (await mail.render({ to: TO, subject: 's', template: 'welcome' })).html;
    expect([await html(one), await html(other), await html(one)]).toEqual(['one', 'other', 'one']);
  });

  it('dots in names: they are no extension', async () => {
    const { mail } = await start({ 'welcome.v2.hbs': 'two', 'welcome.hbs': 'one', 'order.id.hbs': 'id' });
    const html = async (template: string) => (await mail.render({ to: TO, subject: 's', template })).html;
    expect([await html('welcome.v2'), await html('welcome'), await html('order.id')]).toEqual([
      'two',
      'one',
      'id',
    ]);
  });

  it('edited file: the next mail in development has it', async () => {
    const folder = await folderWith({ 'welcome.hbs': 'one' });
    const renderer = createTemplateRenderer(
      { dir: folder.dir, reloadMs: 0 },
      { notice: () => {}, environment: 'development' },
    );
    await renderer.prepare();
    await folder.write('welcome.hbs', 'two, longer');
    expect((await renderer.render({ template: 'welcome', context: {} })).html).toBe('two, longer');
  });

  it('partials not read again per send: the files may be gone', async () => {
    const { mail, folder } = await start({
      'welcome.hbs': '{{> a}}{{> b x=1}}',
      'partials/a.hbs': 'A',
      'partials/b.hbs': 'B',
    });
    await folder.remove();
    await expect(readFile(join(folder.dir, 'partials/a.hbs'))).rejects.toThrow('ENOENT');
    for (let i = 0; i < 3; i++) {
      expect((await mail.render({ to: TO, subject: 's', template: 'welcome' })).html).toBe('AB');
    }
  });

  it('locale of text and subject: as of html, exact, language, default, and no part is empty', async () => {
    const { mail } = await start({
      'welcome.hbs': '---\nsubject: Hello\n---\n<p>Hello</p>',
      'welcome.text.hbs': 'Hello there',
      'welcome.de.hbs': '---\nsubject: Hallo\n---\n<p>Hallo</p>',
      'welcome.de-AT.subject.hbs': 'Servus',
      'welcome.fr.text.hbs': 'Bonjour',
    });
    const render = async (locale: string) => {
      const { subject, html, text } = await mail.render({ to: TO, template: 'welcome', locale });
      return [subject, html, text];
    };
    expect(await render('en')).toEqual(['Hello', '<p>Hello</p>', 'Hello there']);
    expect(await render('de')).toEqual(['Hallo', '<p>Hallo</p>', 'Hallo']);
    expect(await render('de-AT')).toEqual(['Servus', '<p>Hallo</p>', 'Hallo']);
    expect(await render('fr-CA')).toEqual(['Hello', '<p>Hello</p>', 'Bonjour']);
    expect(await render('it')).toEqual(['Hello', '<p>Hello</p>', 'Hello there']);
  });

  it('escaping in inline html: nothing in a ready html is replaced, and values of templates are escaped in html alone', async () => {
    const { mail } = await start({
      'welcome.hbs': '---\nsubject: {{name}}\n---\n<p title="{{name}}">{{name}}</p>',
    });
    const name = `<script>alert('1')</script>`;
    const ready = await mail.render({ to: TO, subject: '{{name}}', html: '<p>{{name}}</p>' });
    expect([ready.subject, ready.html]).toEqual(['{{name}}', '<p>{{name}}</p>']);
    const { html, subject, text } = await mail.render({ to: TO, template: 'welcome', context: { name } });
    expect(html).not.toContain('<script>');
    expect([subject, text]).toEqual([name, name]);
  });

  it('paths: no name leads out of the directory', async () => {
    const { mail } = await start({ 'welcome.hbs': 'x' });
    for (const template of [
      '../../etc/passwd',
      '/etc/passwd',
      './welcome',
      'a/../welcome',
      'welcome\u0000',
    ]) {
      await rejectionOf(mail.queue({ to: TO, subject: 's', template }));
    }
  });

  it('text from a resolver: is compiled and escaped like a file', async () => {
    const { mail } = await start(
      { 'other.hbs': 'x' },
      {
        loader: {
          load: () =>
            Promise.resolve({
              roots: ['db'],
              files: [
                {
                  name: 'welcome.hbs',
                  root: 'db',
                  path: 'db:welcome',
                  source: '<style>p{top:0}</style><p>{{name}}</p>',
                },
              ],
            }),
        },
      },
    );
    const { html } = await mail.render({
      to: TO,
      subject: 's',
      template: 'welcome',
      context: { name: '<b>' },
    });
    expect(html).toContain('<p style="top:0">&lt;b&gt;</p>');
  });
});
