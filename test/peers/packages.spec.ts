import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { OPTIONAL_PACKAGES } from '../consumers/consumer.js';

const ROOT = new URL('../../', import.meta.url).pathname;
/** An application that has what the repository has, and the package itself. */
const dir = mkdtempSync(join(tmpdir(), 'mail-relay-peers-'));
afterAll(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, 'node_modules'));
symlinkSync(ROOT, join(dir, 'node_modules/nestjs-mail-relay'));
for (const name of ['@nestjs', '@types', 'reflect-metadata'])
  symlinkSync(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const entries = (...without: readonly string[]): readonly string[] =>
  Object.keys(exports)
    .map((path) => path.replace(/^\./, 'nestjs-mail-relay'))
    .filter((entry) => !without.some((end) => entry.endsWith(end)));

/** What one Node process prints, as JSON. */
async function printed(script: string, ...options: readonly string[]): Promise<unknown> {
  const file = join(dir, 'script.mjs');
  writeFileSync(file, script);
  const { stdout } = await promisify(execFile)(process.execPath, [...options, file], { cwd: dir });
  return JSON.parse(stdout) as unknown;
}

/** Makes a Node process behave as if these packages were not installed. */
function without(packages: readonly string[]): string {
  const hooks = `
    const missing = new Set(${JSON.stringify(packages)});
    export async function resolve(specifier, context, next) {
      if (!missing.has(specifier)) return next(specifier, context);
      throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
  const register = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`;
  return `--import=data:text/javascript,${encodeURIComponent(register)}`;
}

describe('D0: packages that only some applications need', () => {
  const NEEDED_AT_ONCE = ['/bull', '/metrics', '/otel', '/testing/vitest', '/package.json'];

  it('are not asked for by what can do without them', async () => {
    const all = entries(...NEEDED_AT_ONCE);
    const script = `
      const all = await Promise.all(${JSON.stringify(all)}.map((entry) => import(entry)));
      console.log(JSON.stringify(all.map((one) => Object.keys(one).length)));`;
    const counts = (await printed(script, without(OPTIONAL_PACKAGES))) as readonly number[];
    expect(counts).toHaveLength(all.length);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  it('are named at boot with the line that installs them, once they are needed', async () => {
    const script = `
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import { MailRelayModule } from 'nestjs-mail-relay';
      import { withSql } from 'nestjs-mail-relay/sql';
      const module = MailRelayModule.forRoot({
        from: 'shop@a.test', transport: 'memory:', features: [withSql({ file: ${JSON.stringify(join(dir, 'mail.db'))} })],
      });
      await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false })
        .catch(({ code, message }) => console.log(JSON.stringify({ code, message })));`;
    expect(await printed(script, without(['better-sqlite3']))).toEqual({
      code: 'ERR_MAIL_RELAY_PACKAGE_MISSING',
      message: expect.stringContaining('npm install better-sqlite3@12 kysely@0.28'),
    });
  });
});

describe('D15: types', () => {
  it('of our own hold without skipLibCheck, from every entry point', async () => {
    const lines = entries('/package.json').map((entry, i) => `export * as entry${i} from '${entry}';`);
    writeFileSync(join(dir, 'every-entry.ts'), lines.join('\n'));
    const options = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true };
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...options, target: 'es2022', module: 'nodenext', types: ['node'] },
        files: ['every-entry.ts'],
      }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const told = await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false', '-p', dir], {
      cwd: ROOT,
    }).catch((error: { readonly stdout: string }) => error);
    // What the declarations of other packages get wrong is theirs.
    const ours = told.stdout.split('\n').filter((line) => !line.startsWith('node_modules/'));
    expect(ours.filter((line) => line.includes('error TS'))).toEqual([]);
  });
});

describe('D16: the public surface', () => {
  it('is the same by import and by require, and the same objects', async () => {
    // Vitest's `expect` is there only while vitest runs.
    const all = entries('/testing/vitest', '/package.json');
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      const found = [];
      for (const entry of ${JSON.stringify(all)}) {
        const [imported, required] = [await import(entry), require(entry)];
        const names = Object.keys(imported);
        found.push(names.length > 0 && names.length === Object.keys(required).length &&
          names.every((name) => imported[name] === required[name]));
      }
      console.log(JSON.stringify(found));`;
    expect(await printed(script)).toEqual(all.map(() => true));
  });
});
