import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MailRelayModule, MailService, TemplateCatalog } from 'nestjs-mail-relay';
import { MailRelayTestingModule, TestMailbox } from 'nestjs-mail-relay/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { TemplateAssets } from '../../src/templates/template-assets.js';
import { TemplateFolder } from '../support/template-folder.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const made = await TemplateFolder.with(files);
  closing.push(() => made.remove());
  return made.dir;
}

async function start(files: Readonly<Record<string, string>>, ...features: unknown[]) {
  const dir = await folder(files);
  @Module({ imports: features as never[] })
  class AppModule {}
  const app = await Test.createTestingModule({
    imports: [MailRelayTestingModule.forRoot({ templates: { dir } }), AppModule],
  }).compile();
  closing.push(() => app.close());
  await app.init();
  return {
    app,
    catalog: app.get(TemplateCatalog),
    mail: app.get(MailService),
    mailbox: app.get(TestMailbox),
  };
}

const WELCOME =
  '---\nsubject: Welcome, {{name}}\nsample: { "name": "Ada" }\n---\n<p>Hello {{name}}</p><img src="cid:logo.png">';

describe('the catalogue of templates', () => {
  it('lists templates with their files and samples', async () => {
    const { catalog } = await start({
      'welcome.hbs': WELCOME,
      'reset.hbs': '<a href="{{resetUrl}}">Reset</a>',
    });
    expect(catalog.list()).toMatchObject([
      {
        name: 'reset',
        locales: [''],
        sample: { resetUrl: 'https://example.com/resetUrl' },
        isOwnSample: false,
      },
      { name: 'welcome', sample: { name: 'Ada' }, isOwnSample: true, files: [{ name: 'welcome.hbs' }] },
    ]);
  });

  it('previews a template with its sample or another, and says what is wrong with it', async () => {
    const { catalog } = await start({ 'welcome.hbs': WELCOME });
    const preview = await catalog.preview('welcome');
    expect(preview).toMatchObject({ subject: 'Welcome, Ada', text: 'Hello Ada' });
    expect(preview.sizeBytes).toBe(Buffer.byteLength(preview.html ?? '') + Buffer.byteLength(preview.text));
    expect(preview.findings).toContainEqual(
      expect.objectContaining({ rule: 'missing-alt', line: 5, column: 22, severity: 'warning' }),
    );
    expect(preview.findings.map(({ rule }) => rule)).toContain('missing-cid');
    expect(await catalog.preview('welcome', { sample: { name: 'Bob' } })).toMatchObject({
      subject: 'Welcome, Bob',
    });
  });

  it('finds what is wrong in every file once', async () => {
    const { catalog } = await start({
      'a.hbs': '{{> footer}}',
      'b.hbs': '---\nstream: marketing\n---\n<p>News</p>{{> footer}}',
      'partials/footer.hbs': '\n<a href="/imprint">Imprint</a>',
    });
    const findings = await catalog.lint();
    const relative = findings.filter(({ rule }) => rule === 'relative-link');
    expect(relative).toEqual([
      expect.objectContaining({ line: 2, path: expect.stringMatching(/partials\/footer\.hbs$/) }),
    ]);
    expect(findings.filter(({ rule }) => rule === 'missing-unsubscribe').map(({ path }) => path)).toEqual([
      expect.stringMatching(/b\.hbs$/),
    ]);
  });
});

describe('images of templates', () => {
  const ASSETS = {
    'assets/logo.png': 'png',
    'assets/icons/x.png': 'x',
    'assets/logo@2x.png': 'large',
    'assets/unused.png': 'no',
    'assets/.git/x.png': 'hidden',
  };

  it('attaches those that the html shows', async () => {
    const html =
      '<img alt="" src="cid:logo.png"><img alt="" src="cid:icons/{{icon}}.png"><img alt="" src="cid:logo@2x.png"><img alt="" src="cid:.git/x.png"><img alt="" src="cid:gone.png">';
    const { mail, mailbox, catalog } = await start({ 'welcome.hbs': html, ...ASSETS });
    await mail.send({ to: 'ada@example.test', subject: 'Hi', template: 'welcome', context: { icon: 'x' } });
    expect(
      mailbox.last().attachments.map(({ cid, filename, contentType }) => [cid, filename, contentType]),
    ).toEqual([
      ['logo.png', 'logo.png', 'image/png'],
      ['icons/x.png', 'x.png', 'image/png'],
      ['logo@2x.png', 'logo@2x.png', 'image/png'],
    ]);
    const preview = await catalog.preview('welcome', { sample: { icon: 'x' } });
    expect(preview.html).toContain(`src="data:image/png;base64,${Buffer.from('png').toString('base64')}"`);
    expect(mailbox.last().html).not.toContain('data:');
  });

  it('reads no file that a link leads to outside of the templates', async () => {
    const outside = await folder({ 'secret.png': 'secret' });
    const dir = await folder({ 'welcome.hbs': 'x', 'assets/logo.png': 'png' });
    await symlink(join(outside, 'secret.png'), join(dir, 'assets/secret.png'));
    await expect(TemplateAssets.read([dir])).rejects.toThrow('leads out of its directory');
  });

  it('leaves those to the draft that it attaches itself', async () => {
    const { mail, mailbox } = await start({ 'welcome.hbs': '<img alt="" src="cid:logo.png">', ...ASSETS });
    const attachments = [{ filename: 'own.png', cid: 'logo.png', content: 'own' }];
    await mail.send({ to: 'ada@example.test', subject: 'Hi', template: 'welcome', attachments });
    expect(mailbox.last().attachments.map(({ filename }) => filename)).toEqual(['own.png']);
  });
});

describe('forFeature', () => {
  it('lets a module bring its own templates, and the relay’s own win', async () => {
    const orders = await folder({ 'receipt.hbs': '<p>Receipt</p>', 'welcome.hbs': '<p>Not this one</p>' });
    const { catalog } = await start(
      { 'welcome.hbs': WELCOME },
      MailRelayModule.forFeature({ templates: { dir: orders } }),
      MailRelayModule.forFeature({ templates: { dir: orders }, relay: 'another' }),
    );
    expect(catalog.list().map(({ name }) => name)).toEqual(['receipt', 'welcome']);
    expect((await catalog.preview('welcome')).text).toBe('Hello Ada');
  });
});
