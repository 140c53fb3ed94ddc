import { describe, expect, it } from 'vitest';

import { TemplateFolder } from '../../test/support/template-folder.js';
import { createTemplateRenderer } from './create-template-renderer.js';
import { DirectoryTemplateLoader } from './directory-template-loader.js';
import { HandlebarsRenderer } from './handlebars/handlebars-renderer.js';
import { TemplateLoader, type TemplateSources } from './template-loader.js';
import type { TemplateOptions } from './template-options.js';

/** Templates in a store that tells versions. */
class StoredTemplates extends TemplateLoader {
  files: Record<string, string>;
  loads = 0;
  current = 1;
  failure: Error | undefined;
  silent = false;

  constructor(files: Record<string, string>) {
    super();
    this.files = files;
  }

  override load(): Promise<TemplateSources> {
    this.loads++;
    const files = Object.entries(this.files).map(([name, source]) => ({
      name,
      source,
      root: 'store',
      path: `store:${name}`,
    }));
    return Promise.resolve({ roots: ['store'], files });
  }

  override version(): Promise<string> {
    if (this.silent) return new Promise(() => {});
    return this.failure === undefined ? Promise.resolve(String(this.current)) : Promise.reject(this.failure);
  }

  put(files: Record<string, string>): void {
    this.files = files;
    this.current++;
  }
}

async function prepare(store: StoredTemplates, environment: string, options: Partial<TemplateOptions> = {}) {
  const notices: string[] = [];
  const clock = { now: 0 };
  const timers: (() => void)[] = [];
  const renderer = new HandlebarsRenderer(
    { loader: store, ...options },
    {
      loader: store,
      environment,
      notice: (text) => notices.push(text),
      now: () => clock.now,
      after: (_, callback) => {
        timers.push(callback);
        return () => {};
      },
    },
  );
  await renderer.prepare();
  const html = async () => (await renderer.render({ template: 'welcome', context: {} })).html;
  return { html, notices, clock, timers, renderer };
}

describe('a loader that tells a version', () => {
  it('is asked when what is known is too old, and loads again when the version has changed', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { html, clock, notices } = await prepare(store, 'production', { reloadMs: 100 });
    store.put({ 'welcome.hbs': 'two' });
    clock.now = 99;
    expect(await html()).toBe('one');
    clock.now = 100;
    expect(await html()).toBe('two');
    clock.now = 200;
    expect(await html()).toBe('two');
    expect(store.loads).toBe(2);
    expect(notices).toEqual(['Templates have changed and were loaded again.']);
  });

  it('is asked once for many renders at once', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { html, clock } = await prepare(store, 'production', { reloadMs: 100 });
    store.put({ 'welcome.hbs': 'two' });
    clock.now = 100;
    expect(await Promise.all([html(), html(), html()])).toEqual(['two', 'two', 'two']);
    expect(store.loads).toBe(2);
  });

  it('is never asked when that is said, and the render is a function call', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { renderer, clock } = await prepare(store, 'development', { reloadMs: false });
    store.put({ 'welcome.hbs': 'two' });
    clock.now = 1e9;
    expect(renderer.render({ template: 'welcome', context: {} })).toMatchObject({ html: 'one' });
  });

  it('that fails or does not answer holds no mail up: the templates from before stay in use', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { html, clock, notices, timers } = await prepare(store, 'production', { reloadMs: 100 });
    store.failure = new TypeError('secret host');
    clock.now = 100;
    expect(await html()).toBe('one');
    expect(notices).toEqual([
      'Templates could not be loaded again, the ones from before stay in use: TypeError',
    ]);
    store.silent = true;
    clock.now = 200;
    const late = html();
    timers.at(-1)?.();
    expect(await late).toBe('one');
    store.silent = false;
    store.failure = undefined;
    store.put({ 'welcome.hbs': 'two' });
    clock.now = 300;
    expect(await html()).toBe('two');
  });

  it('with broken templates changes nothing in production, and says what is wrong', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { html, clock, notices } = await prepare(store, 'production', { reloadMs: 100 });
    store.put({ 'welcome.hbs': '{{#if' });
    clock.now = 100;
    expect(await html()).toBe('one');
    expect(notices[0]).toContain('store:welcome.hbs:1:');
  });

  it('with broken templates fails renders in development until they are corrected', async () => {
    const store = new StoredTemplates({ 'welcome.hbs': 'one' });
    const { html, clock } = await prepare(store, 'development');
    store.put({ 'welcome.hbs': '{{#if' });
    for (const now of [300, 301, 700]) {
      clock.now = now;
      await expect(html()).rejects.toThrow('store:welcome.hbs:1:');
    }
    store.put({ 'welcome.hbs': 'two' });
    clock.now = 1100;
    expect(await html()).toBe('two');
  });

  it('has what it loads checked like files: no parsed templates, no names that lead out', async () => {
    const parsed = new StoredTemplates({ 'welcome.hbs': { type: 'Program', body: [] } as unknown as string });
    await expect(prepare(parsed, 'production')).rejects.toThrow('is not text');
    for (const name of [
      '../welcome.hbs',
      '/welcome.hbs',
      'a/../../welcome.hbs',
      'a\\welcome.hbs',
      'C:welcome.hbs',
      'a\0.hbs',
    ]) {
      await expect(prepare(new StoredTemplates({ [name]: 'x' }), 'production')).rejects.toThrow(
        'no plain path below its root',
      );
    }
  });
});

describe('a directory', () => {
  it('is read again after an edit, a new file and a removed one, with its partials', async () => {
    const folder = await TemplateFolder.with({ 'welcome.hbs': 'one {{> foot}}', 'partials/foot.hbs': 'f' });
    const loader = new DirectoryTemplateLoader([folder.dir], { cwd: folder.dir });
    let now = 0;
    const renderer = new HandlebarsRenderer(
      { dir: folder.dir },
      { loader, notice: () => {}, environment: 'development', now: () => (now += 1000) },
    );
    await renderer.prepare();
    const html = async (template: string) => (await renderer.render({ template, context: {} })).html;
    try {
      expect(await html('welcome')).toBe('one f');
      await folder.write('partials/foot.hbs', 'foot');
      expect(await html('welcome')).toBe('one foot');
      await folder.write('reset.hbs', 'reset');
      expect(await html('reset')).toBe('reset');
      await folder.write('welcome.hbs', 'no foot');
      expect(await html('welcome')).toBe('no foot');
    } finally {
      await folder.remove();
    }
    await expect(html('welcome')).rejects.toThrow('No templates were found');
  });
});

describe('several loaders', () => {
  it('are one: what the first has goes before the others, and the directory comes last', async () => {
    const folder = await TemplateFolder.with({
      'welcome.hbs': 'file',
      'reset.hbs': 'file {{> foot}}',
      'partials/foot.hbs': 'f',
    });
    const [first, second] = [
      new StoredTemplates({ 'welcome.hbs': 'first' }),
      new StoredTemplates({ 'partials/foot.hbs': 's', 'x.hbs': 'x' }),
    ];
    const renderer = createTemplateRenderer(
      { dir: folder.dir, loader: [first, second], reloadMs: 100 },
      { notice: () => {}, environment: 'production' },
    );
    try {
      await renderer.prepare();
      expect(renderer.names()).toEqual(['reset', 'welcome', 'x']);
      expect((await renderer.render({ template: 'welcome', context: {} })).html).toBe('first');
      expect((await renderer.render({ template: 'reset', context: {} })).html).toBe('file s');
    } finally {
      await folder.remove();
    }
  });
});
