import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemplateFolder } from '../../test/support/template-folder.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { DirectoryTemplateLoader } from './directory-template-loader.js';
import type { TemplateSources } from './template-loader.js';

let app: TemplateFolder;

beforeEach(async () => {
  app = await TemplateFolder.with({});
});

afterEach(() => app.remove());

function load(...dirs: readonly string[]): Promise<TemplateSources> {
  return new DirectoryTemplateLoader(dirs, { cwd: app.dir }).load();
}

async function refusal(...dirs: readonly string[]): Promise<string> {
  const error: unknown = await load(...dirs).catch((thrown: unknown) => thrown);
  expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE')).toBe(true);
  return (error as MailRelayError).message;
}

describe('a directory', () => {
  it('gives all .hbs files below it, named with slashes and known by their path in the application', async () => {
    await app.write('templates/welcome.hbs', 'Hi');
    await app.write('templates/orders/receipt.text.hbs', 'Thanks');
    await app.write('templates/readme.md', '#');
    expect(await load('templates')).toEqual({
      roots: [join(app.dir, 'templates')],
      files: [
        {
          name: 'orders/receipt.text.hbs',
          root: join(app.dir, 'templates'),
          path: 'templates/orders/receipt.text.hbs',
          source: 'Thanks',
        },
        {
          name: 'welcome.hbs',
          root: join(app.dir, 'templates'),
          path: 'templates/welcome.hbs',
          source: 'Hi',
        },
      ],
    });
  });

  it('is the first that holds a template, so a dist without assets does not hide src', async () => {
    await mkdir(join(app.dir, 'templates'));
    await app.write('src/templates/welcome.hbs', 'Hi');
    await app.write('dist/templates/welcome.hbs', 'Old');
    expect((await load('templates')).roots).toEqual([join(app.dir, 'src/templates')]);
  });

  it('passes over hidden files and node_modules', async () => {
    await app.write('templates/welcome.hbs', 'Hi');
    await app.write('templates/.git/hidden.hbs', 'x');
    await app.write('templates/node_modules/a/b.hbs', 'x');
    expect((await load('templates')).files.map((file) => file.name)).toEqual(['welcome.hbs']);
  });

  it('reads text without byte order mark and with one kind of line break', async () => {
    await app.write('templates/welcome.hbs', '\uFEFFa\r\nb\r\n');
    expect((await load('templates')).files[0]?.source).toBe('a\nb\n');
  });

  it('is read once when two options lead to it', async () => {
    await app.write('templates/welcome.hbs', 'Hi');
    expect((await load('templates', join(app.dir, 'templates'))).files).toHaveLength(1);
  });

  it.each([
    [
      '{ "sourceRoot": "src" }',
      'copies no templates into dist: add to its "compilerOptions" "assets": ["mails/**/*"]',
    ],
    ['{ "compilerOptions": { "assets": ["**/*.pug"] } }', 'They should hold "mails/**/*".'],
  ])('that is nowhere is an error that has looked into the nest-cli.json %s', async (json, message) => {
    const app = await TemplateFolder.with({ 'nest-cli.json': json });
    const loader = new DirectoryTemplateLoader(['./mails'], { cwd: app.dir });
    await expect(loader.load()).rejects.toThrow(message);
    await app.remove();
  });

  it('that is nowhere is an error with every place and the line for nest-cli.json', async () => {
    await mkdir(join(app.dir, 'dist/templates'), { recursive: true });
    const message = await refusal('templates');
    expect(message).toContain(`${join(app.dir, 'templates')} (is no directory)`);
    expect(message).toContain(`${join(app.dir, 'src/templates')} (is no directory)`);
    expect(message).toContain(`${join(app.dir, 'dist/templates')} (holds no .hbs file)`);
    expect(message).toContain('"compilerOptions": { "assets": ["templates/**/*"], "watchAssets": true }');
  });

  it('has to be named', async () => {
    expect(await refusal()).toContain('templates.dir is an empty list');
  });

  it('that is a file is no directory', async () => {
    await app.write('templates', 'x');
    expect(await refusal('templates')).toContain('(is no directory)');
  });
});

describe('a link', () => {
  it('within the directory is followed', async () => {
    await app.write('templates/..data/welcome.hbs', 'Hi');
    await symlink('..data/welcome.hbs', join(app.dir, 'templates/welcome.hbs'));
    expect((await load('templates')).files).toMatchObject([{ name: 'welcome.hbs', source: 'Hi' }]);
  });

  it('to a directory above itself is not followed for ever', async () => {
    await app.write('templates/a/welcome.hbs', 'Hi');
    await symlink('..', join(app.dir, 'templates/a/up'));
    expect((await load('templates')).files.map((file) => file.name)).toEqual(['a/welcome.hbs']);
  });

  it.each([
    ['out of the directory', '../secret.hbs'],
    ['to a neighbour whose name begins the same', '../templates-old/secret.hbs'],
    ['to nowhere', 'missing.hbs'],
  ])('%s is an error', async (_, target) => {
    await app.write('secret.hbs', 'x');
    await app.write('templates-old/secret.hbs', 'x');
    await app.write('templates/welcome.hbs', 'Hi');
    await symlink(target, join(app.dir, 'templates/link.hbs'));
    expect(await refusal('templates')).toContain('templates/link.hbs is a link');
  });

  it('may be the directory itself', async () => {
    await app.write('elsewhere/welcome.hbs', 'Hi');
    await symlink('elsewhere', join(app.dir, 'templates'));
    expect((await load('templates')).files).toMatchObject([{ name: 'welcome.hbs' }]);
  });
});

describe('a file is refused', () => {
  it('when it is larger than a template is', async () => {
    await app.write('templates/welcome.hbs', 'x'.repeat(1024 * 1024 + 1));
    expect(await refusal('templates')).toContain('templates/welcome.hbs is larger than');
  });

  it('when it is not UTF-8, and all such files are named at once', async () => {
    await app.write('templates/good.hbs', 'Hi');
    await writeFile(join(app.dir, 'templates/latin.hbs'), Buffer.from([0x66, 0xfc, 0x72]));
    await writeFile(join(app.dir, 'templates/binary.hbs'), Buffer.from([0xff, 0xfe]));
    const message = await refusal('templates');
    expect(message).toContain('2 problems');
    expect(message).toContain('templates/latin.hbs');
    expect(message).toContain('templates/binary.hbs');
  });
});
