import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

interface Block {
  readonly page: string;
  readonly file: string;
  readonly code: string;
}

/** Every TypeScript block of a page, as a file beside the page. Blocks marked `ts ignore` are left out. */
function blocks(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code = ''], i) => ({
    page,
    file: join(ROOT, page.replace(/\.md$/, `.${i}.ts`)),
    code,
  }));
}

function diagnose(all: readonly Block[]): readonly string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  // Readers keep to the defaults of a NestJS application, not to ours.
  const host = ts.createCompilerHost({ ...options, exactOptionalPropertyTypes: false });
  const sources = new Map(all.map(({ file, code }) => [file, code]));
  const withBlocks: ts.CompilerHost = {
    ...host,
    readFile: (name) => sources.get(name) ?? host.readFile(name),
    fileExists: (name) => sources.has(name) || host.fileExists(name),
    getSourceFile: (name, target, ...rest) => {
      const code = sources.get(name);
      return code === undefined
        ? host.getSourceFile(name, target, ...rest)
        : ts.createSourceFile(name, code, target, true);
    },
  };
  const program = ts.createProgram([...sources.keys()], options, withBlocks);
  return [...sources.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0, file }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${name.slice(ROOT.length)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

describe('the documentation', () => {
  it("shows a transport of one's own in under 30 lines", () => {
    const own = blocks('docs/transports.md').find(({ code }) => code.includes('extends MailTransport'));
    expect(own?.code).toContain('open: () => new');
    expect(own?.code.trim().split('\n').length).toBeLessThan(30);
  });

  it('has code blocks that compile as pasted', { timeout: 60_000 }, () => {
    const all = PAGES.flatMap(blocks);
    expect(all.length).toBeGreaterThan(0);
    expect(diagnose(all)).toEqual([]);
  });

  it.each(PAGES)('%s links only to files that exist', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const broken = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link = '']) => link).filter(
      (link) =>
        !ts.sys.fileExists(join(ROOT, page, '..', link)) &&
        !ts.sys.directoryExists(join(ROOT, page, '..', link)),
    );
    expect(broken).toEqual([]);
  });

  it('lists every error code', async () => {
    const { MAIL_RELAY_ERROR_CODES } = await import('../src/core/mail-relay-error.js');
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
    expect(MAIL_RELAY_ERROR_CODES.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('explains every failure class', async () => {
    const { FAILURE_CLASSES } = await import('../src/core/failure/delivery-failure.js');
    const page = readFileSync(join(ROOT, 'docs/failures.md'), 'utf8');
    expect(FAILURE_CLASSES.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
