import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;

interface Manifest {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const OPTIONAL = Object.keys(manifest.peerDependenciesMeta);

/** What a file loads when it is loaded itself: types and `import()` left out. */
function loadedBy(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const isTypeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.isTypeOnly === true || isTypesAlone(statement)
      : statement.isTypeOnly;
    const { moduleSpecifier } = statement;
    return isTypeOnly || !moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)
      ? []
      : [moduleSpecifier.text];
  });
}

function isTypesAlone({ importClause }: ts.ImportDeclaration): boolean {
  const named = importClause?.namedBindings;
  if (!importClause || importClause.name || !named || !ts.isNamedImports(named)) return false;
  return named.elements.every((element) => element.isTypeOnly);
}

/** Everything that an entry point loads: our files, and the packages by name. */
function reachedFrom(entry: string): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const pending = [join(ROOT, entry)];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of loadedBy(file)) {
      if (specifier.startsWith('.')) pending.push(join(dirname(file), specifier.replace(/\.js$/, '.ts')));
      else if (!specifier.startsWith('node:')) {
        packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
      }
    }
  }
  return { files, packages };
}

describe('an import', { timeout: 60_000 }, () => {
  it.each([
    'src/index.ts',
    'src/entries/providers.ts',
    'src/entries/health.ts',
    'src/entries/metrics.ts',
    'src/entries/otel.ts',
  ])('of %s loads no optional package', (entry) => {
    const { packages } = reachedFrom(entry);
    expect(packages.size).toBeGreaterThan(0);
    expect(OPTIONAL.filter((name) => packages.has(name))).toEqual([]);
  });

  it('of the root loads no API of a provider', () => {
    const { files } = reachedFrom('src/index.ts');
    expect([...files].filter((file) => /transports\/http\/|-api\.ts$/.test(file))).toEqual([]);
  });
});
