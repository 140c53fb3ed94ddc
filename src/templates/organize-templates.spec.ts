import { describe, expect, it } from 'vitest';

import type { TemplateFile } from './template-loader.js';
import { organizeTemplates } from './organize-templates.js';
import { partsFor, type TemplateVariants } from './template-set.js';

function files(root: string, ...names: readonly string[]): readonly TemplateFile[] {
  return names.map((name) => ({ name, root, path: `${root}/${name}`, source: name }));
}

function organize(...names: readonly string[]): ReturnType<typeof organizeTemplates> {
  return organizeTemplates({ roots: ['a'], files: files('a', ...names) });
}

function pathsOf(variants: TemplateVariants | undefined, locale: string): Readonly<Record<string, string>> {
  const parts = Object.entries(partsFor(variants ?? new Map(), locale)) as [
    string,
    TemplateFile | undefined,
  ][];
  return Object.fromEntries(
    parts.flatMap(([part, file]) => (file?.name === undefined ? [] : [[part, file.name]])),
  );
}

describe('the name of a file', () => {
  it('tells html, text and subject of a template apart', () => {
    const { set, problems } = organize(
      'orders/receipt.hbs',
      'orders/receipt.text.hbs',
      'orders/receipt.subject.hbs',
    );
    expect(problems).toEqual([]);
    expect([...set.templates.keys()]).toEqual(['orders/receipt']);
    expect(pathsOf(set.templates.get('orders/receipt'), '')).toEqual({
      html: 'orders/receipt.hbs',
      text: 'orders/receipt.text.hbs',
      subject: 'orders/receipt.subject.hbs',
    });
  });

  it('may hold dots', () => {
    const { set } = organize('welcome.v2.hbs', 'welcome.v2.text.hbs', 'welcome.hbs');
    expect([...set.templates.keys()]).toEqual(['welcome.v2', 'welcome']);
  });

  it('is no template below layouts and partials, and is one below a folder of another name', () => {
    const { set } = organize(
      'layouts/main.hbs',
      'layouts/main.text.hbs',
      'partials/a/b.hbs',
      'x/partials/c.hbs',
    );
    expect([...set.templates.keys()]).toEqual(['x/partials/c']);
    expect([...set.layouts.keys()]).toEqual(['main']);
    expect([...set.partials.keys()]).toEqual(['a/b']);
  });

  it('is passed over with another ending', () => {
    expect(organize('readme.md', 'welcome.html').set.templates.size).toBe(0);
  });
});

describe('a locale', () => {
  const { templates } = organize(
    'welcome.hbs',
    'welcome.text.hbs',
    'welcome.subject.hbs',
    'welcome.de.hbs',
    'welcome.de.subject.hbs',
    'welcome.de-AT.subject.hbs',
    'welcome.fr.text.hbs',
  ).set;

  it.each([
    ['', { html: 'welcome.hbs', text: 'welcome.text.hbs', subject: 'welcome.subject.hbs' }],
    ['de', { html: 'welcome.de.hbs', subject: 'welcome.de.subject.hbs' }],
    ['de-AT', { html: 'welcome.de.hbs', subject: 'welcome.de-AT.subject.hbs' }],
    ['fr', { html: 'welcome.hbs', text: 'welcome.fr.text.hbs', subject: 'welcome.subject.hbs' }],
    ['it', { html: 'welcome.hbs', text: 'welcome.text.hbs', subject: 'welcome.subject.hbs' }],
  ])(
    '%j takes each part from the most exact file, and no text of a more general language',
    (locale, parts) => {
      expect(pathsOf(templates.get('welcome'), locale)).toEqual(parts);
    },
  );

  it('is part of the name when there is no template without it', () => {
    expect([...organize('order.id.hbs').set.templates.keys()]).toEqual(['order.id']);
  });
});

describe('several roots', () => {
  it('give each template, layout and partial with all its parts from the first that has it', () => {
    const { set } = organizeTemplates({
      roots: ['a', 'b'],
      files: [
        ...files(
          'b',
          'welcome.hbs',
          'welcome.subject.hbs',
          'reset.hbs',
          'partials/foot.hbs',
          'layouts/main.hbs',
        ),
        ...files('a', 'welcome.hbs', 'partials/foot.hbs'),
      ],
    });
    expect(set.templates.get('welcome')?.get('')).toEqual({ html: files('a', 'welcome.hbs')[0] });
    expect(set.templates.get('reset')?.get('')?.html?.root).toBe('b');
    expect(set.partials.get('foot')?.root).toBe('a');
    expect(set.layouts.get('main')?.get('')?.html?.root).toBe('b');
  });
});

describe('a problem is', () => {
  it.each([
    ['two names that differ in case', ['Welcome.hbs', 'welcome.hbs']],
    ['two names that differ in their Unicode form', ['caf\u00e9.hbs', 'cafe\u0301.hbs']],
  ])('%s', (_, names) => {
    const [problem] = organize(...names).problems;
    expect(problem).toMatchObject({
      path: `a/${names[1]}`,
      message: expect.stringContaining(`a/${names[0]}`) as string,
    });
  });

  it('a subject without a template', () => {
    expect(organize('welcome.subject.hbs').problems).toEqual([
      { path: 'a/welcome.subject.hbs', message: 'is a subject without a template: add welcome.hbs' },
    ]);
  });

  it('a source that is not text', () => {
    const [file] = files('a', 'welcome.hbs');
    const parsed = { ...file, source: { type: 'Program', body: [] } } as unknown as TemplateFile;
    expect(organizeTemplates({ roots: ['a'], files: [parsed] }).problems).toMatchObject([
      { path: 'a/welcome.hbs', message: expect.stringContaining('not text') as string },
    ]);
  });
});
