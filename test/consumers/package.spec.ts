import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, OPTIONAL_PACKAGES } from './consumer.js';
import { PackedPackage, ROOT } from './packed-package.js';

const MAX_PACKAGES = 35;
const MAX_BYTES = 35_000_000;
const BARE = [
  '@nestjs/common',
  '@nestjs/core',
  'class-transformer',
  'class-validator',
  'reflect-metadata',
  'rxjs',
];

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly main: string;
  readonly types: string;
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

let packed: PackedPackage;
beforeAll(async () => {
  packed = await PackedPackage.pack();
});
afterAll(() => packed.remove());

/** Every module that a built file asks for, dynamically and by type too. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** Every file that loading `entry` can load, and every package that one of them names. */
function graph(entry: string): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const pending = [entry];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) pending.push(posix.join(posix.dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return { files, packages };
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe('the packed package', () => {
  it('holds the build and what is said about it, nothing else', () => {
    const wanted =
      /^(dist\/.+(\.js|\.d\.ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/.+\.md|docs\/grafana\/.+\.json)$/;
    expect(packed.files.filter((file) => !wanted.test(file))).toEqual([]);
    expect(packed.files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md']));
  });

  it('holds each source once as code and once as declarations, and no test', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => `dist/${file.replaceAll('\\', '/').replace(/\.ts$/, '')}`);
    const wanted = new Set(sources.flatMap((file) => [`${file}.d.ts`, `${file}.js`]));
    const built = new Set(packed.files.filter((file) => file.startsWith('dist/')));
    // Either is not empty where the sources have changed since the last `npm run build`.
    const missing = [...wanted].filter((file) => !built.has(file));
    const leftOver = [...built].filter((file) => !wanted.has(file));
    expect({ missing, leftOver }).toEqual({ missing: [], leftOver: [] });
  });

  it('has every file that its package.json names', () => {
    const { exports, main, types, typesVersions } = manifest;
    const named = [
      ...Object.values(exports).flatMap((target) =>
        typeof target === 'string' ? [target] : Object.values(target),
      ),
      ...Object.values(typesVersions).flatMap((paths) => Object.values(paths).flat()),
      main,
      types,
    ].map((path) => path.replace(/^\.\//, ''));
    expect(named.filter((path) => !packed.files.includes(path))).toEqual([]);
  });

  it('imports nothing that it does not declare', () => {
    const declared = new Set([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
    ]);
    const undeclared = packed.files
      .filter((file) => file.startsWith('dist/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((to) => !to.startsWith('.') && !to.startsWith('node:') && !declared.has(packageOf(to)))
          .map((to) => `${file} -> ${to}`),
      );
    expect(undeclared).toEqual([]);
  });

  it('names no optional package in anything that the root entry can load', () => {
    const { files, packages } = graph('dist/index.js');
    expect([...files].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(packages).toContain('@nestjs/common');
    expect(OPTIONAL_PACKAGES.filter((name) => packages.has(name))).toEqual([]);
  });
});

describe('a bare NestJS application that installs the package', () => {
  let application: Consumer;
  let before: { readonly packages: number; readonly bytes: number };

  beforeAll(async () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    const dependencies = Object.fromEntries(BARE.map((name) => [name, versions[name]]));
    application = await Consumer.create({ private: true, dependencies });
    await application.install();
    before = await application.weigh();
    await application.install(packed.file);
  });
  afterAll(() => application.remove());

  it(`gets at most ${MAX_PACKAGES} packages and ${MAX_BYTES / 1e6} MB more`, async () => {
    const after = await application.weigh();
    const packages = after.packages - before.packages;
    const bytes = after.bytes - before.bytes;
    console.log(`The package brings ${packages} packages and ${(bytes / 1e6).toFixed(1)} MB.`);
    expect(packages).toBeGreaterThan(0);
    expect(packages).toBeLessThanOrEqual(MAX_PACKAGES);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('loads no optional package with the root entry, even where all are installed', async () => {
    expect(OPTIONAL_PACKAGES.filter((name) => application.has(name))).toEqual([]);
    // Decoys tell that they were loaded; also to who would swallow the failure to load a package that is not there.
    for (const name of OPTIONAL_PACKAGES) {
      await mkdir(join(application.dir, 'node_modules', name), { recursive: true });
      await application.write(
        `node_modules/${name}/index.js`,
        `(globalThis.loaded ??= []).push(${JSON.stringify(name)});`,
      );
    }
    const tell = 'console.log(JSON.stringify(globalThis.loaded ?? []));';
    expect(await application.evaluate('module', `await import('bull'); ${tell}`)).toEqual(['bull']);
    expect(await application.evaluate('module', `await import('nestjs-mail-relay'); ${tell}`)).toEqual([]);
    expect(await application.evaluate('commonjs', `require('nestjs-mail-relay'); ${tell}`)).toEqual([]);
  });
});
