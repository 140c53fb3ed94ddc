import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';

const ROOT = new URL('../..', import.meta.url).pathname;

let cwd: string;
let ending: AbortController;
const lines: string[] = [];
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mail-relay-cli-'));
  ending = new AbortController();
  lines.length = 0;
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function templates(files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(cwd, 'templates'));
  for (const [name, source] of Object.entries(files)) await writeFile(join(cwd, 'templates', name), source);
}

const tell = (line: string): void => void lines.push(line);
const command = (...args: string[]) => run(args, { cwd, out: tell, err: tell, signal: ending.signal });

/** The numbers of the drafts that TypeScript refuses, with the declarations that were written. */
async function refused(drafts: readonly string[]): Promise<readonly number[]> {
  const use = join(cwd, 'src/use.ts');
  const lines = drafts.map((rest, i) => `export const draft${i}: MailDraft = { to: 'a@b.test', ${rest} };`);
  await writeFile(use, [`import type { MailDraft } from 'nestjs-mail-relay';`, ...lines].join('\n'));
  const program = ts.createProgram([use, join(cwd, 'src/mail-templates.d.ts')], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    paths: { 'nestjs-mail-relay': [join(ROOT, 'src/index.ts')] },
  });
  const source = program.getSourceFile(use);
  const places = program
    .getSemanticDiagnostics(source)
    .map(({ start = 0 }) => (source?.getLineAndCharacterOfPosition(start).line ?? 0) - 1);
  return [...new Set(places)];
}

describe('nestjs-mail-relay types', { timeout: 60_000 }, () => {
  it('makes TypeScript check the template and the context of drafts', async () => {
    await templates({
      'welcome.hbs': '{{user.name}}{{#each items}}{{price}}{{/each}}',
      'bye.hbs': 'Bye',
    });
    expect(await command('types')).toBe(0);
    expect(
      await refused([
        `template: 'welcome', context: { user: { name: 'Ada' }, items: [{ price: 1 }] }`,
        `template: 'bye', context: {}`,
        `subject: 'Hi', text: 'Hello'`,
        `template: 'welcom', context: {}`,
        `template: 'welcome', context: { user: { nam: 'Ada' }, items: [] }`,
        `template: 'welcome'`,
      ]),
    ).toEqual([3, 4, 5]);
  });

  it('does not write a file that is as it should be, and says so', async () => {
    await templates({ 'a.hbs': '{{x}}' });
    await command('types', '--out', 'types.d.ts');
    const { mtimeMs } = await stat(join(cwd, 'types.d.ts'));
    expect(await command('types', '--out', 'types.d.ts', '--check')).toBe(0);
    expect(await command('types', '--out', 'types.d.ts')).toBe(0);
    expect((await stat(join(cwd, 'types.d.ts'))).mtimeMs).toBe(mtimeMs);
    await writeFile(join(cwd, 'templates/a.hbs'), '{{y}}');
    expect(await command('types', '--out', 'types.d.ts', '--check')).toBe(1);
    expect(lines.at(-1)).toBe('types.d.ts is not up to date. Run: nestjs-mail-relay types');
  });

  it('writes again when a template changes', async () => {
    await templates({ 'a.hbs': '{{x}}' });
    const watching = command('types', '--out', 'types.d.ts', '--watch');
    await expect.poll(() => lines.at(-1), { timeout: 10_000 }).toBe('Watching templates.');
    await writeFile(join(cwd, 'templates/a.hbs'), '{{another}}');
    await expect
      .poll(() => readFile(join(cwd, 'types.d.ts'), 'utf8'), { timeout: 10_000 })
      .toContain('readonly another:');
    ending.abort();
    expect(await watching).toBe(0);
  });

  it('watches templates where they are found', async () => {
    await mkdir(join(cwd, 'src/templates'), { recursive: true });
    await writeFile(join(cwd, 'src/templates/a.hbs'), '{{x}}');
    const watching = command('types', '--out', 'types.d.ts', '--watch');
    await expect.poll(() => lines.at(-1), { timeout: 10_000 }).toBe('Watching templates.');
    await writeFile(join(cwd, 'src/templates/a.hbs'), '{{another}}');
    await expect
      .poll(() => readFile(join(cwd, 'types.d.ts'), 'utf8'), { timeout: 10_000 })
      .toContain('readonly another:');
    ending.abort();
    expect(await watching).toBe(0);
  });

  it('ends where there is nothing to watch, and says why', async () => {
    expect(await command('types', '--out', 'types.d.ts', '--watch')).toBe(1);
    expect(lines.join()).not.toContain('Watching');
  });

  it('tells what is wrong with templates', async () => {
    await templates({ 'a.hbs': '{{#if}' });
    expect(await command('types')).toBe(1);
    expect(lines.join('\n')).toContain('templates/a.hbs');
  });
});

describe('nestjs-mail-relay lint', () => {
  it('fails for an error, with file, line and remedy', async () => {
    await templates({ 'a.hbs': '<p>{{upper name}}</p>\n<a href="/x">x</a>' });
    expect(await command('lint', '--helper', 'upper')).toBe(1);
    expect(lines.join('\n')).toContain(
      'error   templates/a.hbs:2:4: A link has no beginning (relative-link).',
    );
    expect(lines.at(-1)).toMatch(/^Templates: 1, findings: \d+, errors among them: 1\.$/);
  });

  it('knows the images of the templates', async () => {
    await templates({ 'a.hbs': '<img alt="" src="cid:logo.png"><img alt="" src="cid:gone.png">' });
    await mkdir(join(cwd, 'templates/assets'));
    await writeFile(join(cwd, 'templates/assets/logo.png'), 'png');
    await command('lint');
    expect(lines.filter((line) => line.includes('missing-cid'))).toEqual([
      expect.stringContaining('"gone.png"'),
    ]);
  });
});

describe('the command line', () => {
  it.each([
    [['--help'], 0, 'nestjs-mail-relay <command>'],
    [[], 0, 'nestjs-mail-relay <command>'],
    [['--version'], 0, '0.'],
    [['typos'], 2, 'There is no command "typos".'],
    [['types', '--nonsense'], 2, '--nonsense'],
    [['types', '--check', '--watch'], 2, 'do not go together'],
  ])('%j ends with %d', async (args, code, text) => {
    expect(await command(...args)).toBe(code);
    expect(lines.join('\n')).toContain(text);
  });
});
